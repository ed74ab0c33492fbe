package tui

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// gpuMemory says where a device's memory is, by state. It closes: what no
// process accounts for is other, what cannot be seen into is unseen.
type gpuMemory struct {
	sizes   sizes
	known   bool   // NVML told the device's memory
	reason  string // why not
	looked  bool   // into at least one process; without one its states are unknown
	waiting int    // processes that are not looked into
	blind   bool   // there may be processes that are not known of
}

// memoryOf adds a device up. listed tells whether its processes could be listed:
// where not, what it holds may be theirs.
func memoryOf(gpu *fragcalc.GPU, processes []fragcalc.Process, listed bool) gpuMemory {
	m := gpuMemory{blind: !listed}
	mine, uncharged := int64(0), !listed
	for i := range processes {
		p := &processes[i]
		if p.GPUUUID != gpu.UUID {
			continue
		}
		inside, ok := statesOf(&p.Figures)
		if !ok {
			charged, known := p.GPUMemory.Get()
			m.sizes.add(run{charged, paint.Unseen})
			mine += charged
			uncharged = uncharged || !known
			m.waiting++
			continue
		}
		m.looked = true
		for state, size := range inside {
			m.sizes[state] += size
		}
		mine += inside.total()
	}
	used, ok := gpu.MemoryUsed.Get()
	if !ok {
		m.reason = gpu.MemoryUsed.Reason()
		return m
	}
	m.known = true
	rest := paint.Other
	if uncharged {
		rest = paint.Unseen // it may belong to a process that NVML did not charge
	}
	m.sizes.add(run{max(used-mine, 0), rest})
	m.sizes.add(run{gpu.MemoryDriverReserved.Or(0), paint.Driver})
	free, ok := gpu.MemoryFree.Get()
	if !ok {
		free = max(gpu.MemoryTotal.Or(0)-used-gpu.MemoryDriverReserved.Or(0), 0)
	}
	m.sizes.add(run{free, paint.Free})
	return m
}

// processStates is what the GPU memory of a process is in.
func processStates(p *fragcalc.Process) (sizes, bool) {
	inside, ok := statesOf(&p.Figures)
	inside.add(run{p.Other.Or(0), paint.Other})
	return inside, ok
}

// statesOf is what an allocator's reserved bytes are in. It is false when not
// even used and reserved are known; parts that are not told are unseen.
func statesOf(f *fragcalc.Figures) (sizes, bool) {
	var s sizes
	reserved, ok := f.Reserved.Get()
	used, ok2 := f.Used.Get()
	if !ok || !ok2 {
		return s, false
	}
	pending := f.Pending.Or(0)
	rounding := min(max(f.Rounding.Or(0), 0), used)
	s.add(run{used - rounding, paint.Used})
	s.add(run{rounding, paint.Rounding})
	s.add(run{pending, paint.Pending})
	s.add(run{f.Stranded.Or(0), paint.Stranded})
	s.add(run{f.Releasable.Or(0), paint.Releasable})
	s.add(run{f.Parked.Or(0), paint.Parked})
	s.add(run{max(reserved-s.total(), 0), paint.Unseen})
	return s, true
}
