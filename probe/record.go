package probe

import (
	"context"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/agents"
)

// Record asks one process for the history of its allocators and waits until it
// is there: about as long as is asked for, or no time where the program records
// history itself. The rows, one for each GPU of the process that -i leaves in, have the trace and
// the pools of the moment at which it ends. An error is a
// *fragcalc.RecordRefusal.
func (s *Sampler) Record(ctx context.Context, request fragcalc.RecordRequest) ([]fragcalc.Process, error) {
	if s.options.Readonly {
		return nil, &fragcalc.RecordRefusal{Status: fragcalc.RecordStatus(fragcalc.ReleaseReadonly), Reason: readonly}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	outcome := s.agents.Record(ctx, request)
	if outcome.Status != fragcalc.RecordDone {
		return nil, &fragcalc.RecordRefusal{Status: outcome.Status, Reason: outcome.Reason}
	}
	j := s.joinOf(ctx, request.Target, &outcome)
	rows := make([]fragcalc.Process, 0, len(outcome.Devices))
	for i := range outcome.Devices {
		if j.ignored[outcome.Devices[i].UUID] {
			continue
		}
		rows = append(rows, j.recorded(&outcome, &outcome.Devices[i]))
	}
	return rows, nil
}

// joinOf looks at the node once more, for what a row has that no page tells.
func (s *Sampler) joinOf(ctx context.Context, target fragcalc.ProcessID, outcome *agents.RecordOutcome) *join {
	s.sampling.Lock()
	defer s.sampling.Unlock()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	node := s.gpus.Sample(ctx, false)
	j := newJoin(node, []agents.Process{{ID: target, Framework: outcome.Framework, Settings: outcome.Settings}}, s.options.Readonly)
	j.facts = s.procs.Sample(ctx, []int{target.PID}, j.instrumented)
	return j
}

// recorded makes the row of one device.
func (j *join) recorded(outcome *agents.RecordOutcome, d *agents.Recorded) fragcalc.Process {
	uuid := j.name(d.UUID)
	free := fragcalc.Unknown[int64]("no such GPU in NVML")
	memory := free
	if place, known := j.places[uuid]; known {
		device := &j.node.Devices[place]
		free, memory = device.MemoryFree, fragcalc.Unknown[int64]("NVML does not list the process on this GPU")
		for _, p := range device.Processes {
			if p.PID == outcome.Target.PID {
				memory = p.Memory
			}
		}
	}
	in := j.inside[outcome.Target.PID]
	row := j.row(j.fact(outcome.Target.PID), in, &agents.Device{
		UUID: d.UUID, Ordinal: d.Ordinal, Context: true, Counters: d.Counters, Pools: d.Pools, Figures: d.Figures,
		Age: fragcalc.Of(time.Since(d.TakenAt)),
	}, uuid, memory, free)
	row.ProcessID = outcome.Target
	row.Trace = &d.Trace
	return *row
}
