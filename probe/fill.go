package probe

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// fill puts everything into the snapshot, in an order that does not depend on
// chance.
func (j *join) fill(shot *fragcalc.Snapshot) {
	shot.Driver, shot.CUDA = j.node.Driver, j.node.CUDA
	for _, d := range j.node.Devices {
		shot.GPUs = append(shot.GPUs, d.GPU)
	}
	shot.Processes = j.rows
	shown := make(map[int]bool, len(j.inside))
	for i := range j.rows {
		if row := &j.rows[i]; row.Instrumented {
			shown[row.PID] = true
		}
	}
	for pid, p := range j.inside {
		if !shown[pid] {
			continue
		}
		for _, e := range p.Events {
			e.Scope, e.PID = fragcalc.ScopeProcess, pid
			j.deviceOf(&e)
			shot.Events = append(shot.Events, e)
		}
		for _, f := range p.Faults {
			f.Scope, f.PID = fragcalc.ScopeProcess, pid
			j.fault(f)
		}
	}
	slices.SortFunc(shot.Events, func(a, b fragcalc.Event) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.PID, b.PID), cmp.Compare(a.Text, b.Text))
	})
	slices.SortFunc(j.faults, func(a, b fragcalc.Fault) int {
		return cmp.Or(cmp.Compare(scopeOrder(a.Scope), scopeOrder(b.Scope)), cmp.Compare(j.place(a.GPUUUID), j.place(b.GPUUUID)),
			cmp.Compare(a.GPUUUID, b.GPUUUID), cmp.Compare(a.PID, b.PID), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Reason, b.Reason))
	})
	shot.Faults = append(j.node.Faults, slices.Compact(j.faults)...)
}

func scopeOrder(s fragcalc.Scope) int {
	return slices.Index([]fragcalc.Scope{fragcalc.ScopeNode, fragcalc.ScopeGPU, fragcalc.ScopeProcess}, s)
}

func (j *join) fault(f fragcalc.Fault) { j.faults = append(j.faults, f) }

func (j *join) processFault(pid int, uuid, field, reason string) {
	j.fault(fragcalc.Fault{Scope: fragcalc.ScopeProcess, GPUUUID: uuid, PID: pid, Field: field, Reason: reason})
}
