package whatif

import "github.com/gpufragtop/gpufragtop/fragcalc"

// tape is a driver that answers as the driver did in a recording. For each
// request it is shown the driver's events that belong to it.
type tape struct {
	trace  []fragcalc.TraceEvent
	window []int  // the driver's events of the request underway, by index
	used   []bool // of the window
	spare  *device
	total  int64
	at     int // the request underway: see expect
	stream uint64
	small  bool
	a      *Allocator
	// failing: the request underway ended in an out-of-memory error, so that
	// the driver refuses when its events are used up.
	failing bool
	missed  bool // the model asked what the recorded allocator did not
}

func newTape(trace []fragcalc.TraceEvent, total int64) *tape {
	spare := &device{
		Memory:   NewMemory(0),
		segments: addressSpace{next: 1 << 50}, // where no recorded address is
		reserved: addressSpace{next: 1 << 56},
	}
	return &tape{trace: trace, spare: spare, total: NewMemory(total).total}
}

// show lays the events of the next request open. It tells whether all of the
// last one's were used.
func (t *tape) show(window []int) {
	t.window = window
	t.used = append(t.used[:0], make([]bool, len(window))...)
}

// finish tells whether the model did all that the recorded allocator did in
// the window, and nothing else.
func (t *tape) finish() bool {
	agreed := !t.missed
	for _, used := range t.used {
		agreed = agreed && used
	}
	t.missed = false
	t.show(nil)
	return agreed
}

// next is the first event of the window that was not used.
func (t *tape) next() (int, *fragcalc.TraceEvent) {
	for i, used := range t.used {
		if !used {
			return i, &t.trace[t.window[i]]
		}
	}
	return -1, nil
}

// Total implements Driver.
func (t *tape) Total() int64 { return t.total }

// Available implements Driver.
func (t *tape) Available() int64 { return unbounded }

// Malloc implements Driver. It fails where the recorded allocator released
// memory first, or gave up.
func (t *tape) Malloc(size int64) (uint64, bool) {
	i, e := t.next()
	switch {
	case e == nil && t.failing:
		return 0, false
	case e == nil:
	case e.Kind == fragcalc.TraceSegmentAlloc && e.Size == size:
		t.used[i] = true
		return e.Address, true
	case e.Kind == fragcalc.TraceSegmentFree, e.Kind == fragcalc.TraceSegmentUnmap:
		return 0, false
	}
	t.missed = true
	return t.spare.Malloc(size)
}

// Free implements Driver.
func (t *tape) Free(address uint64, size int64) {
	t.release(fragcalc.TraceSegmentFree, address, size)
}

// Unmap implements Driver.
func (t *tape) Unmap(address uint64, size int64) {
	t.release(fragcalc.TraceSegmentUnmap, address, size)
}

func (t *tape) release(kind fragcalc.TraceKind, address uint64, size int64) {
	for i, index := range t.window {
		e := &t.trace[index]
		if !t.used[i] && e.Kind == kind && e.Address == address && e.Size == size {
			t.used[i] = true
			return
		}
	}
	t.missed = true
}

// Reserve implements Driver: address space begins where its first page is
// mapped, now or at the first later time at an address that is in no other.
func (t *tape) Reserve(size int64) uint64 {
	for i, index := range t.window {
		if e := &t.trace[index]; !t.used[i] && e.Kind == fragcalc.TraceSegmentMap {
			return e.Address
		}
	}
	for i := t.at; i < len(t.trace); i++ {
		e := &t.trace[i]
		if e.Kind == fragcalc.TraceSegmentMap && e.Stream == t.stream && t.a.isPages(e.Size, t.small) && !t.a.isKnown(e.Address) {
			return e.Address
		}
	}
	return t.spare.Reserve(size)
}

// expect says which request is underway: the event that ends it, its stream, and
// the size of its pages.
func (t *tape) expect(at int, stream uint64, small bool, a *Allocator) {
	t.at, t.stream, t.small, t.a = at, stream, small, a
}

// isPages tells whether so many bytes are pages of a small or of a large pool.
func (a *Allocator) isPages(size int64, small bool) bool {
	return size%a.config.PageSize(false) == 0 != small
}

// isKnown tells whether an address is in some address space.
func (a *Allocator) isKnown(address uint64) bool {
	for _, s := range a.segments {
		if s.expandable && address >= s.first.address && address < s.first.address+uint64(s.size) {
			return true
		}
	}
	return false
}

// Unreserve implements Driver.
func (t *tape) Unreserve(uint64, int64) {}

// Map implements Driver.
func (t *tape) Map(address uint64, size int64) bool {
	i, e := t.next()
	switch {
	case e == nil && t.failing:
		return false
	case e == nil:
	case e.Kind == fragcalc.TraceSegmentMap && e.Address == address && e.Size == size:
		t.used[i] = true
		return true
	case e.Kind != fragcalc.TraceSegmentMap && e.Kind != fragcalc.TraceSegmentAlloc:
		return false
	}
	t.missed = true
	return true
}
