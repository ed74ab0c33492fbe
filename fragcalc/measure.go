package fragcalc

// Measure computes the figures of every pool, in place, from its segments and
// blocks, and returns the figures of all of them together. What takes more
// than a walk to know (slack, fits, other, unbacked) stays unknown; see Fit
// and Against. One pass over the blocks, no allocation for each.
func Measure(pools []Pool, settings AllocatorSettings) Figures {
	var total tally
	for i := range pools {
		pool := &pools[i]
		page := settings.page(pool.Small)
		var t tally
		for j := range pool.Segments {
			t.measure(&pool.Segments[j], page)
		}
		if pool.IsPrivate() {
			t.park()
		}
		pool.Figures = t.figures()
		total.add(t)
	}
	return total.figures()
}

// tally sums up blocks, in bytes.
type tally struct {
	reserved, used, pending, requested int64
	releasable, parked                 int64
	largest, estimate                  int64
}

// measure adds the blocks of one segment.
func (t *tally) measure(s *Segment, page int64) {
	t.reserved += s.Size
	if !s.Expandable {
		t.measureWhole(s)
		return
	}
	var at, idle int64 // offsets: of the block, and of the end of the last used one
	for i := range s.Blocks {
		b := &s.Blocks[i]
		end := at + b.Size
		switch b.State {
		case BlockUsed:
			t.used += b.Size
			t.requested += b.Requested
			if idle < at {
				t.estimate += s.returnable(idle, at, page)
			}
			idle = end
		case BlockPending:
			t.pending += b.Size
			t.requested += b.Requested
		default:
			t.largest = max(t.largest, b.Size)
			t.releasable += s.returnable(at, end, page)
		}
		at = end
	}
	if idle < at {
		t.estimate += s.returnable(idle, at, page)
	}
}

// measureWhole adds the blocks of a segment that goes back as a whole or not at
// all. Most segments are such: there is no branch that depends on a block.
func (t *tally) measureWhole(s *Segment) {
	var sizes, requested [BlockPending + 1]int64 // by state
	for i := range s.Blocks {
		b := &s.Blocks[i]
		state := b.State
		if state > BlockPending {
			state = BlockFree // as all that is neither used nor pending
		}
		sizes[state] += b.Size
		requested[state] += b.Requested
		free := int64(0)
		if state == BlockFree {
			free = b.Size
		}
		t.largest = max(t.largest, free)
	}
	t.used += sizes[BlockUsed]
	t.pending += sizes[BlockPending]
	t.requested += requested[BlockUsed] + requested[BlockPending]
	if len(s.Blocks) == 1 && sizes[BlockFree] == s.Size {
		t.releasable += s.Size
	}
	if sizes[BlockFree]+sizes[BlockPending] == s.Size {
		t.estimate += s.Size
	}
}

// park turns what is releasable into parked bytes, together with all other free
// ones: a walk cannot tell whether a graph or a MemPool still holds the pool, so
// it is counted as held.
func (t *tally) park() {
	t.parked = t.free()
	t.releasable, t.estimate = 0, 0
}

func (t *tally) free() int64 { return t.reserved - t.used - t.pending }

func (t *tally) add(o tally) {
	t.reserved += o.reserved
	t.used += o.used
	t.pending += o.pending
	t.requested += o.requested
	t.releasable += o.releasable
	t.parked += o.parked
	t.largest = max(t.largest, o.largest)
	t.estimate += o.estimate
}

func (t *tally) figures() Figures {
	stranded := t.free() - t.releasable - t.parked
	f := UnknownFigures("only known for a process on a GPU")
	f.Reserved, f.Used, f.Pending = Of(t.reserved), Of(t.used), Of(t.pending)
	f.Requested, f.Rounding = Of(t.requested), Of(t.used+t.pending-t.requested)
	f.Free, f.Unallocated = Of(t.free()), Of(t.reserved-t.used)
	f.Releasable, f.Parked, f.Stranded = Of(t.releasable), Of(t.parked), Of(stranded)
	f.LargestFree, f.ReleaseEstimate = Of(t.largest), Of(t.estimate)
	f.Fragmentation = Of(share(stranded, t.reserved))
	f.External = Of(share(t.free()-t.largest, t.free()))
	return f
}

// share is part / whole; of nothing it is 0.
func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// returnable is how many bytes of a free range of the segment, given by
// offsets, a release hands back to the driver.
func (s *Segment) returnable(start, end, page int64) int64 {
	from, to := s.returned(start, end, page)
	return to - from
}

// returned is the part of a free range of the segment that a release hands back
// to the driver; from = to when there is none. PyTorch returns a segment as a
// whole, and of an expandable one the whole pages inside free blocks. Offsets
// count from the segment's start: a contiguous mapped range begins at a page.
func (s *Segment) returned(start, end, page int64) (from, to int64) {
	if !s.Expandable {
		if start == 0 && end == s.Size {
			return start, end
		}
		return start, start
	}
	from, to = roundUp(start, page), roundDown(end, page)
	if from >= to {
		return start, start
	}
	return from, to
}
