// Package history remembers the last hour of a node: figures of every process
// and GPU, and marks where allocations were refused or retried and caches were
// released. It is pure: samples bring their own time.
//
// A series takes the same memory from the first sample of a figure to the last,
// and a figure that is never known takes none. What an advice needs of the last
// minutes is something else (the lowest values, exactly; see advice.History)
// and stays where it is.
package history

import (
	"slices"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	// mostRows bounds the rows that are remembered, at 17 KiB each when
	// everything is known of them. Those that can be seen into go first.
	mostRows = 512
	mostGPUs = 64
	// mostGone bounds the rows that are remembered after their process has gone:
	// what was before an out-of-memory error is asked for after it.
	mostGone = 16
)

// Node is what is remembered of a node. It is not safe for concurrent use.
type Node struct {
	rows map[fragcalc.RowID]*Series
	gpus map[string]*Series
	gone []departed // oldest first
}

// departed is the history of a row that is no longer there.
type departed struct {
	id     fragcalc.RowID
	series *Series
}

// New remembers nothing yet.
func New() *Node {
	return &Node{rows: make(map[fragcalc.RowID]*Series), gpus: make(map[string]*Series)}
}

// Row is the history of a row, nil where there is none. Rows that have gone are
// remembered for a while.
func (n *Node) Row(id fragcalc.RowID) *Series {
	if row := n.rows[id]; row != nil {
		return row
	}
	for i := range n.gone {
		if n.gone[i].id == id {
			return n.gone[i].series
		}
	}
	return nil
}

// GPU is the history of a device, nil where there is none.
func (n *Node) GPU(uuid string) *Series { return n.gpus[uuid] }

// Push takes a sample in.
func (n *Node) Push(s *fragcalc.Snapshot) {
	rows := make(map[fragcalc.RowID]*Series, min(len(s.Processes), mostRows))
	events := eventsOf(s)
	for _, inside := range [...]bool{true, false} {
		for i := range s.Processes {
			p := &s.Processes[i]
			if p.Reserved.Known() == inside {
				n.pushRow(rows, p, s.At, events[p.PID])
			}
		}
	}
	for id, row := range n.rows {
		if rows[id] == nil {
			n.forget(departed{id, row})
		}
	}
	n.rows = rows
	gpus := make(map[string]*Series, len(s.GPUs))
	for i := range s.GPUs {
		n.pushGPU(gpus, &s.GPUs[i], s)
	}
	n.gpus = gpus
}

// forget keeps a row that has gone among the last that have. What happened to
// the oldest of them stays with the device.
func (n *Node) forget(row departed) {
	if len(n.gone) == mostGone {
		oldest := n.gone[0]
		if device := n.gpus[oldest.id.GPUUUID]; device != nil {
			for _, mark := range oldest.series.marks.list {
				mark.PID = oldest.id.PID
				device.marks.add(mark)
			}
		}
		n.gone = slices.Delete(n.gone, 0, 1)
	}
	n.gone = append(n.gone, row)
}

// take is the history of a row that is there again, nil where it was never.
func (n *Node) take(id fragcalc.RowID) *Series {
	for i := range n.gone {
		if n.gone[i].id == id {
			series := n.gone[i].series
			n.gone = slices.Delete(n.gone, i, i+1)
			return series
		}
	}
	return nil
}

// eventsOf are the events of each process.
func eventsOf(s *fragcalc.Snapshot) map[int][]*fragcalc.Event {
	if len(s.Events) == 0 {
		return nil
	}
	events := make(map[int][]*fragcalc.Event)
	for i := range s.Events {
		e := &s.Events[i]
		events[e.PID] = append(events[e.PID], e)
	}
	return events
}

func (n *Node) pushRow(rows map[fragcalc.RowID]*Series, p *fragcalc.Process, at time.Time, events []*fragcalc.Event) {
	figures := OfProcess(p)
	row := n.rows[p.RowID]
	switch {
	case rows[p.RowID] != nil || row == nil && (len(rows) >= mostRows || !anyKnown(&figures)):
		return
	case row == nil:
		if row = n.take(p.RowID); row == nil {
			row = newSeries(at)
		}
	}
	rows[p.RowID] = row
	row.push(at, &figures)
	row.noteCounters(at, p)
	row.noteEvents(at, events, p.GPUUUID)
}

func (n *Node) pushGPU(gpus map[string]*Series, gpu *fragcalc.GPU, s *fragcalc.Snapshot) {
	figures := OfGPU(gpu, s)
	device := n.gpus[gpu.UUID]
	switch {
	case gpus[gpu.UUID] != nil || len(gpus) >= mostGPUs:
		return
	case device == nil:
		device = newSeries(s.At)
	}
	gpus[gpu.UUID] = device
	device.push(s.At, &figures)
}

// OfProcess are the figures of a process that are remembered, as they are now.
func OfProcess(p *fragcalc.Process) [FigureCount]fragcalc.Bytes {
	none := fragcalc.Unknown[int64]("of a device only")
	return [FigureCount]fragcalc.Bytes{
		Reserved: p.Reserved, Used: p.Used, Stranded: p.Stranded, Releasable: p.Releasable,
		Slack: p.Slack, LargestFree: p.LargestFree, Memory: p.GPUMemory, DeviceFree: none,
	}
}

// OfGPU are the figures of a device that are remembered, as they are now: what
// the driver tells, and sums of what the processes on it tell.
func OfGPU(gpu *fragcalc.GPU, s *fragcalc.Snapshot) [FigureCount]fragcalc.Bytes {
	listed := s.ListsProcesses(gpu.UUID)
	none := fragcalc.Unknown[int64]("of a process only")
	total := func(figure func(*fragcalc.Process) fragcalc.Bytes) fragcalc.Bytes {
		return sum(s.Processes, gpu.UUID, listed, figure)
	}
	return [FigureCount]fragcalc.Bytes{
		Reserved:   total(func(p *fragcalc.Process) fragcalc.Bytes { return p.Reserved }),
		Used:       total(func(p *fragcalc.Process) fragcalc.Bytes { return p.Used }),
		Stranded:   total(func(p *fragcalc.Process) fragcalc.Bytes { return p.Stranded }),
		Releasable: total(func(p *fragcalc.Process) fragcalc.Bytes { return p.Releasable }),
		Slack:      none, LargestFree: none, Memory: gpu.MemoryUsed, DeviceFree: gpu.MemoryFree,
	}
}

// sum adds up what is known of the processes on a device. It is unknown where
// there are processes, or may be since they could not be listed, and none tells.
func sum(processes []fragcalc.Process, uuid string, listed bool, figure func(*fragcalc.Process) fragcalc.Bytes) fragcalc.Bytes {
	total, known, asked := int64(0), false, !listed
	for i := range processes {
		if processes[i].GPUUUID != uuid {
			continue
		}
		asked = true
		if n, ok := figure(&processes[i]).Get(); ok {
			total += n
			known = true
		}
	}
	if asked && !known {
		return fragcalc.Unknown[int64]("no process on it can be seen into")
	}
	return fragcalc.Of(total)
}

func anyKnown(figures *[FigureCount]fragcalc.Bytes) bool {
	for i := range figures {
		if figures[i].Known() {
			return true
		}
	}
	return false
}
