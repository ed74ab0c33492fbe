package gpus

import (
	"cmp"
	"slices"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// NVML keeps three lists of processes. One process may stand in several.
const (
	listCompute = iota
	listMPS
	listGraphics
	lists
)

// Process is one process on one device.
type Process struct {
	PID    int            // as the driver knows it: a PID of the host
	Memory fragcalc.Bytes // what the device charges to it
	in     [lists]bool
}

// Type is what the process uses the device for, as nvidia-smi writes it: "C"
// computes, "G" draws, "M" computes through MPS, "+" between several.
func (p *Process) Type() string {
	number := 0
	for list := range p.in {
		if p.in[list] {
			number |= 1 << list
		}
	}
	return types[number]
}

// types are in the order of the binary numbers in which a list is a digit.
var types = [1 << lists]string{"", "C", "M", "C+M", "G", "C+G", "M+G", "C+M+G"}

func (t *target) measureProcesses(d *device, dear time.Duration) {
	if limit := d.lib.processesLimit; limit != "" {
		d.store(func() {
			t.lists[listCompute] = reading[[]nvml.ProcessInfo]{value: fragcalc.Unknown[[]nvml.ProcessInfo](limit), at: time.Now()}
		})
		return
	}
	can := &d.lib.can
	_ = ask(d, can[canCompute], "processes", &t.lists[listCompute], t.handle.GetComputeRunningProcesses)
	if t.lists[listMPS].due(time.Now(), dear) {
		_ = ask(d, can[canMPS], "MPS processes", &t.lists[listMPS], t.handle.GetMPSComputeRunningProcesses)
	}
	if t.lists[listGraphics].due(time.Now(), dear) {
		_ = ask(d, can[canGraphics], "graphics processes", &t.lists[listGraphics], t.handle.GetGraphicsRunningProcesses)
	}
}

// processes merges the lists by PID; reason says why the main one is unknown,
// or is empty. Those of a device that does not answer stay, without figures.
func (t *target) processes(now, began time.Time) (merged []Process, reason string) {
	compute := t.lists[listCompute].known(now, began)
	reason = compute.Reason()
	most := 0
	for i := range t.lists {
		last, _ := t.lists[i].value.Get()
		most = max(most, len(last))
	}
	known := make(map[int]int, most) // PID to place in merged
	merged = make([]Process, 0, most)
	for i := range t.lists {
		list := &t.lists[i]
		shown := list.known(now, began)
		if reason == "" && !shown.Known() && list.code != nvml.ERROR_NOT_SUPPORTED && list.code != nvml.SUCCESS {
			reason = shown.Reason()
		}
		last, _ := list.value.Get()
		// A list read before the main one adds processes to it, and no figures.
		older := list.at.Before(t.lists[listCompute].at)
		for _, info := range last {
			p := Process{PID: int(info.Pid), Memory: bytesOf(info.UsedGpuMemory)}
			p.in[i] = true
			if !shown.Known() {
				p.Memory = fragcalc.Unknown[int64](shown.Reason())
			}
			at, seen := known[p.PID]
			if seen {
				merged[at].in[i] = true
			}
			switch {
			case !seen:
				known[p.PID] = len(merged)
				merged = append(merged, p)
			case !merged[at].Memory.Known(), !older && p.Memory.Or(0) > merged[at].Memory.Or(0):
				merged[at].Memory = p.Memory
			}
		}
	}
	slices.SortFunc(merged, func(a, b Process) int { return cmp.Compare(a.PID, b.PID) })
	return merged, reason
}
