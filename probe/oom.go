package probe

import (
	"cmp"
	"slices"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/explain"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/probe/gpus"
	"github.com/gpufragtop/gpufragtop/probe/reports"
)

// deviceOf names the device of an event as NVML does.
func (j *join) deviceOf(e *fragcalc.Event) {
	if uuid, ok := gpus.ParseUUID(e.GPUUUID); ok {
		e.GPUUUID = j.name(uuid)
	}
}

// soon is how old an error may be for the processes that are on its GPU now to
// be named beside it: later ones may have come since.
const soon = 10 * time.Second

// oomJudge tells why memory was refused, where a report of this user says so,
// and who else was on the GPU. The latter is looked at once for each error.
type oomJudge struct {
	reports *reports.Cache
	holders map[string][]fragcalc.GPUHolder // by the report's name, as first seen
}

func newOOMJudge() *oomJudge {
	return &oomJudge{reports: reports.NewCache(), holders: map[string][]fragcalc.GPUHolder{}}
}

func (j *oomJudge) judge(shot *fragcalc.Snapshot, now time.Time) {
	seen := map[string][]fragcalc.GPUHolder{}
	for i := range shot.Events {
		event := &shot.Events[i]
		oom := event.OOM
		if oom == nil || oom.Report == "" {
			continue
		}
		entry, found := j.reports.Get(oom.Report)
		if !found || entry.Snapshot.Report.Asked != oom.Asked {
			continue
		}
		judged := *oom
		judged.Verdict = entry.Snapshot.Report.Verdict
		if explain.Verdict(judged.Verdict) == explain.OtherProcesses {
			known, looked := j.holders[oom.Report]
			if !looked && now.Sub(event.At).Abs() < soon {
				known = othersOn(shot.Processes, event)
			}
			seen[oom.Report], judged.Holders = known, known
		}
		event.OOM = &judged
		event.Text = judged.Line(units.Bytes, explain.Verdict(judged.Verdict).Words())
	}
	j.holders = seen // those whose events are gone are forgotten
}

// othersOn are the other processes on the GPU of an event, most memory first,
// those of unknown memory last.
func othersOn(rows []fragcalc.Process, event *fragcalc.Event) []fragcalc.GPUHolder {
	var out []fragcalc.GPUHolder
	for i := range rows {
		p := &rows[i]
		held, known := p.GPUMemory.Get()
		if p.GPUUUID == event.GPUUUID && event.GPUUUID != "" && p.PID != event.PID && (!known || held > 0) {
			out = append(out, fragcalc.GPUHolder{PID: p.PID, User: p.User, Bytes: p.GPUMemory})
		}
	}
	slices.SortStableFunc(out, func(a, b fragcalc.GPUHolder) int {
		return cmp.Or(cmp.Compare(b.Bytes.Or(-1), a.Bytes.Or(-1)), cmp.Compare(a.PID, b.PID))
	})
	return out
}
