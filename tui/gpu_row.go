package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
)

// newGPURow adds up what one sample says of a device; price is that of an hour
// of it.
func newGPURow(gpu fragcalc.GPU, s *fragcalc.Snapshot, price float64) gpuRow {
	processes := s.Processes
	return gpuRow{
		GPU:    gpu,
		memory: memoryOf(&gpu, processes, s.ListsProcesses(gpu.UUID)),
		waste:  wasteOfGPU(price, &gpu, processes),
		fits:   fitsOn(&gpu, processes),
	}
}

// gpuRow is the row of a device, with what earlier samples tell.
func (w *world) gpuRow(gpu fragcalc.GPU) gpuRow {
	row := newGPURow(gpu, w.snapshot, w.price)
	row.retries = w.retriesOn(gpu.UUID)
	row.trend = w.trends.ofGPU(gpu.UUID)
	return row
}

// retriesOn are those of the last minute on a device, also of processes that have
// gone since; unknown where no process on it tells its retries.
func (w *world) retriesOn(uuid string) fragcalc.Count {
	told := false
	for i := range w.snapshot.Processes {
		p := &w.snapshot.Processes[i]
		told = told || p.GPUUUID == uuid && p.AllocRetries.Known()
	}
	if !told {
		return fragcalc.Unknown[int64]("no process on it tells its retries")
	}
	total := int64(0)
	for _, mark := range w.trends.GPUMarks(uuid, history.Shortest.Frame(finest, w.snapshot.At)) {
		if mark.Kind == history.Retry {
			total += mark.Count
		}
	}
	return fragcalc.Of(total)
}

// gpuNameWidth is the width of the screen from which the list of devices has
// room for their names.
const gpuNameWidth = 100

// gpuKind says what the devices of a node are, where all are alike.
func gpuKind(gpus []fragcalc.GPU) string {
	if len(gpus) == 0 {
		return ""
	}
	name := gpuName(&gpus[0])
	for i := range gpus {
		if gpuName(&gpus[i]) != name {
			return ""
		}
	}
	if name == "" || len(gpus) == 1 {
		return name
	}
	return strconv.Itoa(len(gpus)) + "x " + name
}

// fitsOn is what fits on a device now, whichever of its processes asks: the
// least of what they could allocate. Where none of them can be seen into, it is
// what a new one could get from the driver.
func fitsOn(gpu *fragcalc.GPU, processes []fragcalc.Process) fragcalc.Bytes {
	fits := fragcalc.Unknown[int64](gpu.MemoryFree.Reason())
	if free, ok := gpu.MemoryFree.Get(); ok {
		fits = fragcalc.Of(free)
	}
	seen := false
	for i := range processes {
		p := &processes[i]
		n, ok := p.FitsNow.Get()
		if p.GPUUUID != gpu.UUID || !ok {
			continue
		}
		if !seen || n < fits.Or(n) {
			fits, seen = fragcalc.Of(n), true
		}
	}
	return fits
}
