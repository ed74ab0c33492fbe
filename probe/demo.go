package probe

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
	"github.com/gpufragtop/gpufragtop/probe/gpus"
)

// Demo is the embedded node under the real clock. Its methods may be called
// side by side.
type Demo struct {
	options Options
	filter  gpus.Filter

	mu   sync.Mutex
	node *demo.Node
}

// NewDemo returns the demo node. Equal seeds give equal workloads.
func NewDemo(seed int64, o Options) *Demo {
	return &Demo{options: o, filter: gpus.NewFilter(o.Devices), node: demo.NewNode(seed)}
}

// Sample implements tui.Source.
func (d *Demo) Sample(context.Context) *fragcalc.Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	shot := *d.node.Snapshot(time.Now())
	shot.Version, shot.Demo = d.options.Version, true
	if !d.filter.All() {
		d.restrict(&shot)
	}
	if d.options.Readonly {
		shot.Processes = slices.Clone(shot.Processes)
		for i := range shot.Processes {
			if shot.Processes[i].Hook.Available {
				shot.Processes[i].Hook = fragcalc.ReleaseHook{Reason: readonly}
			}
		}
	}
	return &shot
}

// restrict leaves the devices that -i selects.
func (d *Demo) restrict(shot *fragcalc.Snapshot) {
	kept := map[string]bool{"": true}
	shot.GPUs = filtered(shot.GPUs, func(g fragcalc.GPU) bool {
		kept[g.UUID] = d.filter.Match(g.Index, g.UUID, "")
		return kept[g.UUID]
	})
	shot.Processes = filtered(shot.Processes, func(p fragcalc.Process) bool { return kept[p.GPUUUID] })
	shot.Faults = filtered(shot.Faults, func(f fragcalc.Fault) bool { return kept[f.GPUUUID] })
	shot.Events = filtered(shot.Events, func(e fragcalc.Event) bool { return kept[e.GPUUUID] })
	if len(shot.GPUs) == 0 {
		shot.Faults = append(shot.Faults, fragcalc.Fault{Scope: fragcalc.ScopeNode, Field: "id", Reason: "no GPU of the demo matches -i"})
	}
}

func filtered[T any](all []T, keep func(T) bool) []T {
	var kept []T
	for _, t := range all {
		if keep(t) {
			kept = append(kept, t)
		}
	}
	return kept
}

// SampleFresh is Sample: the demo's figures are always fresh.
func (d *Demo) SampleFresh(ctx context.Context) *fragcalc.Snapshot { return d.Sample(ctx) }

// Signal implements tui.Signaller: processes of the demo end, stand still or go
// on.
func (d *Demo) Signal(_ context.Context, target fragcalc.ProcessID, signal fragcalc.Signal) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.node.Signal(target, signal, time.Now())
}

// Release implements tui.Releaser.
func (d *Demo) Release(ctx context.Context, plan fragcalc.ReleasePlan, each func(fragcalc.ReleaseOutcome)) fragcalc.ReleaseReport {
	if d.options.Readonly {
		return refuseAll(plan, fragcalc.ReleaseReadonly, readonly, each)
	}
	one := func(_ context.Context, request fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome {
		d.mu.Lock()
		defer d.mu.Unlock()
		outcome := d.node.Release(request.Target, time.Now())
		for i := range outcome.GPUs {
			outcome.GPUs[i].Retries = d.retries(outcome.Target)(outcome.GPUs[i].GPUUUID)
		}
		return outcome
	}
	// The demo's devices do not change while a release runs: nothing is there to be looked at.
	free := func(context.Context) func(string) fragcalc.Bytes { return unknownFree("not measured in the demo") }
	return releasing{one, free}.run(ctx, plan, each)
}

// Retries implements tui.Releaser.
func (d *Demo) Retries(_ context.Context, outcome fragcalc.ReleaseOutcome) fragcalc.Count {
	d.mu.Lock()
	defer d.mu.Unlock()
	return outcome.RetriesSince(d.retries(outcome.Target))
}

// retries are those of a process so far; it is called with d.mu held.
func (d *Demo) retries(target fragcalc.ProcessID) func(uuid string) fragcalc.Count {
	shot := d.node.Snapshot(time.Now())
	return func(uuid string) fragcalc.Count {
		for i := range shot.Processes {
			if p := &shot.Processes[i]; p.RowID == (fragcalc.RowID{ProcessID: target, GPUUUID: uuid}) {
				return p.AllocRetries
			}
		}
		return fragcalc.Unknown[int64]("the process has ended")
	}
}

// Close implements what the Sampler has, too; the demo holds nothing.
func (d *Demo) Close() {}

// Record implements tui.Recorder.
func (d *Demo) Record(ctx context.Context, request fragcalc.RecordRequest) ([]fragcalc.Process, error) {
	if d.options.Readonly {
		return nil, &fragcalc.RecordRefusal{Status: fragcalc.RecordStatus(fragcalc.ReleaseReadonly), Reason: readonly}
	}
	end, err := d.node.Record(request, time.Now()) // safe beside the other methods
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, min(request.For, fragcalc.LongestRecording))
	defer cancel()
	<-ctx.Done()
	rows := end(time.Now())
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, &fragcalc.RecordRefusal{Status: fragcalc.RecordStatus(fragcalc.ReleaseUnanswered), Reason: "the recording was ended before its time: no trace was made"}
	}
	if d.filter.All() {
		return rows, nil
	}
	shown := map[string]bool{}
	for _, gpu := range d.Sample(context.Background()).GPUs {
		shown[gpu.UUID] = true
	}
	return filtered(rows, func(p fragcalc.Process) bool { return shown[p.GPUUUID] }), nil
}
