package probe

import (
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

// judgeOOMs tells why memory was refused, where a report of this user says so.
func judgeOOMs(events []fragcalc.Event, known *reports.Cache) {
	for i := range events {
		oom := events[i].OOM
		if oom == nil || oom.Report == "" {
			continue
		}
		entry, found := known.Get(oom.Report)
		if !found || entry.Snapshot.Report.Asked != oom.Asked {
			continue
		}
		judged := *oom
		judged.Verdict = entry.Snapshot.Report.Verdict
		events[i].OOM = &judged
		events[i].Text = judged.Line(units.Bytes, explain.Verdict(judged.Verdict).Words())
	}
}
