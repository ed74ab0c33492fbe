package change

import (
	"cmp"
	"slices"
	"sort"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Range is a range of device addresses of at least one byte.
type Range struct {
	Address uint64
	Size    int64
}

// End is the first address behind the range.
func (r Range) End() uint64 { return r.Address + uint64(r.Size) }

// Stranded is a range that is stranded and was not, all of it in one segment.
type Stranded struct {
	Range
	Pool    fragcalc.PoolID
	Segment *fragcalc.Segment // of the later look
	// What its bytes were: of used and pending blocks, free in another way (a
	// release would have returned them), or not reserved.
	Live, Free, Unreserved int64
}

// strandings finds the bytes that are stranded on one side only.
func (w *comparing) strandings(pool *Pool, before, after []fragcalc.Segment) {
	w.sweep.was.begin(pool.PoolID, w.before.Settings, before)
	w.sweep.is.begin(pool.PoolID, w.after.Settings, after)
	first := len(w.Ranges)
	var ended stretch // the newest range that is no longer stranded
	w.sweep.over(func(from, to uint64, was, is *stretch) {
		size := int64(to - from)
		switch {
		case is.state == was.state:
		case is.state == fragcalc.StateStranded:
			last := len(w.Ranges) - 1
			if last < first || w.Ranges[last].End() != from || w.Ranges[last].Segment != is.segment {
				w.Ranges = append(w.Ranges, Stranded{Range: Range{Address: from}, Pool: pool.PoolID, Segment: is.segment})
				last++
			}
			w.Ranges[last].add(size, was.state)
		case was.state == fragcalc.StateStranded:
			if ended.to != from || ended.segment != was.segment {
				pool.Unstranded.Count++
			}
			pool.Unstranded.Bytes += size
			ended = stretch{to: to, segment: was.segment}
		}
	})
	for i := range w.Ranges[first:] {
		pool.Stranded.add(w.Ranges[first+i].Size)
	}
}

func (s *Stranded) add(size int64, was fragcalc.State) {
	s.Size += size
	switch was {
	case fragcalc.StateUsed, fragcalc.StateRounding, fragcalc.StatePending:
		s.Live += size
	case nothing:
		s.Unreserved += size
	default:
		s.Free += size
	}
}

// Beside are the nearest blocks of the segment before and behind the range that
// are not free; nil at the segment's edge. They keep it from being handed back.
func (s *Stranded) Beside() (before, behind *fragcalc.Block) {
	blocks := s.Segment.Blocks
	live := func(b *fragcalc.Block) bool { return b.State == fragcalc.BlockUsed || b.State == fragcalc.BlockPending }
	at := sort.Search(len(blocks), func(i int) bool { return blocks[i].Address >= s.End() })
	for i := at - 1; i >= 0 && before == nil; i-- {
		if live(&blocks[i]) {
			before = &blocks[i]
		}
	}
	for i := at; i < len(blocks) && behind == nil; i++ {
		if live(&blocks[i]) {
			behind = &blocks[i]
		}
	}
	return before, behind
}

func sortStranded(all []Stranded) {
	slices.SortFunc(all, func(a, b Stranded) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Address, b.Address))
	})
}
