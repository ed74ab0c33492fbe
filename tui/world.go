package tui

import (
	"sort"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/fragcalc/stacks"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

// level is how deep the screen is drilled down.
type level uint8

const (
	nodeLevel level = iota
	processLevel
	poolLevel
	segmentLevel
	blockLevel
	levelCount
)

// place is what the screen shows: identities, never positions, because rows
// move at every sample. Those below level mean nothing.
type place struct {
	level   level
	tab     tab
	row     fragcalc.RowID
	pool    fragcalc.PoolID
	segment uint64 // address
	block   uint64 // address
}

// world is what views draw from. The app changes it, views only read it.
type world struct {
	look     *draw.Look
	snapshot *fragcalc.Snapshot // never nil once a view is shown
	place    place
	mark     *fragcalc.Snapshot // the moment that was marked; nil = none
	walks    lastWalks
	trends   *trends
	window   history.Window // how far back all charts look
	counsel  *counsel
	findings []wayin.Finding             // why an empty node is empty; nil until that is known
	price    float64                     // of an hour of a GPU; price.None where none is given
	attach   bool                        // processes can be attached to
	tagged   map[fragcalc.ProcessID]bool // what r is meant for
	jobs     jobs                        // ask groups
	index    *stacks.Index               // ask stackIndex
}

// forgetTags takes the tags of processes back that are gone.
func (w *world) forgetTags() {
	if len(w.tagged) == 0 {
		return
	}
	living := map[fragcalc.ProcessID]bool{}
	for i := range w.snapshot.Processes {
		if id := w.snapshot.Processes[i].ProcessID; w.tagged[id] {
			living[id] = true
		}
	}
	w.tagged = living
}

// process finds a row of the process table.
func (w *world) process(id fragcalc.RowID) (*fragcalc.Process, bool) {
	for i := range w.snapshot.Processes {
		if w.snapshot.Processes[i].RowID == id {
			return &w.snapshot.Processes[i], true
		}
	}
	return nil, false
}

// here is what the place leads to, as far as it is still there.
type here struct {
	process *fragcalc.Process
	pool    *fragcalc.Pool
	segment *fragcalc.Segment
	block   *fragcalc.Block
	index   int // of the block in the segment
}

func (w *world) here() here {
	var h here
	process, ok := w.process(w.place.row)
	if !ok {
		return h
	}
	h.process = process
	for i := range process.Pools {
		if process.Pools[i].PoolID == w.place.pool {
			h.pool = &process.Pools[i]
		}
	}
	if h.pool == nil {
		return h
	}
	if i := segmentAt(h.pool, w.place.segment); i >= 0 {
		h.segment = &h.pool.Segments[i]
	}
	if h.segment == nil {
		return h
	}
	blocks := h.segment.Blocks
	i := sort.Search(len(blocks), func(i int) bool { return blocks[i].Address >= w.place.block })
	if i < len(blocks) && blocks[i].Address == w.place.block {
		h.block, h.index = &blocks[i], i
	}
	return h
}

// segmentAt is the index of the segment at an address, or -1.
func segmentAt(pool *fragcalc.Pool, address uint64) int {
	segments := pool.Segments
	i := sort.Search(len(segments), func(i int) bool { return segments[i].Address >= address })
	if i < len(segments) && segments[i].Address == address {
		return i
	}
	return -1
}

// crumb names the place at a level.
func (w *world) crumb(at level) string {
	switch at {
	case nodeLevel:
		return orElse(w.snapshot.From, w.snapshot.Host)
	case processLevel:
		return rowName(w.place.row)
	case poolLevel:
		return poolName(w.place.pool, w.look)
	case segmentLevel:
		return draw.Hex(w.place.segment)
	default:
		return draw.Hex(w.place.block)
	}
}

// stackIndex answers questions about the stacks of a process. It is kept, with
// what it has found out, until it is asked for those of another one.
func (w *world) stackIndex(p *fragcalc.Process) *stacks.Index {
	if w.index == nil || !w.index.Of(p.Stacks) {
		w.index = stacks.NewIndex(p.Stacks)
	}
	return w.index
}

// gpu finds a device.
func (w *world) gpu(uuid string) (*fragcalc.GPU, bool) {
	for i := range w.snapshot.GPUs {
		if w.snapshot.GPUs[i].UUID == uuid {
			return &w.snapshot.GPUs[i], true
		}
	}
	return nil, false
}

// gpuName is a device's name without the maker's, which all of them share.
func gpuName(gpu *fragcalc.GPU) string {
	name := strings.TrimPrefix(gpu.Name, "NVIDIA ")
	return strings.TrimPrefix(name, "GeForce ")
}

// frameworkName is what a process computes with, as the table shows it.
func frameworkName(f fragcalc.Framework) string {
	name := f.Name
	if name == "pytorch" {
		name = "torch"
	}
	if f.Version != "" {
		name += " " + f.Version
	}
	return name
}
