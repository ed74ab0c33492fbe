package change

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Kind is what happened to a segment.
type Kind uint8

// Kinds of changes. Only expandable segments grow and shrink.
const (
	New Kind = iota
	Gone
	Grown
	Shrunk
)

// String is the kind in a word.
func (k Kind) String() string { return [...]string{"new", "gone", "grown", "shrunk"}[k] }

// Sign is 1 where memory came and -1 where it went.
func (k Kind) Sign() int64 {
	if k == New || k == Grown {
		return 1
	}
	return -1
}

// Segment is a segment that is not as it was.
type Segment struct {
	Kind
	fragcalc.PoolID
	*fragcalc.Segment       // of the later look where New or Grown, else of the earlier one
	Bytes             int64 // that came or went: not negative
}

// segments compares the segments of a pool. An expandable segment is one
// contiguous mapped range: pages that were mapped or unmapped make it grow and
// shrink, at either end, and one that was parted or joined shrank or grew by the
// pages in between.
func (w *comparing) segments(pool *Pool, before, after []fragcalc.Segment) {
	note := func(kind Kind, s *fragcalc.Segment, bytes int64, tally *Tally) {
		if bytes > 0 {
			tally.add(bytes)
			w.Segments = append(w.Segments, Segment{kind, pool.PoolID, s, bytes})
		}
	}
	was, is := make([]int64, len(before)), make([]int64, len(after)) // bytes in common with the other side
	for i, j := 0, 0; i < len(before) && j < len(after); {
		bytes := inCommon(&before[i], &after[j])
		was[i] += bytes
		is[j] += bytes
		if end(&before[i]) <= end(&after[j]) {
			i++
		} else {
			j++
		}
	}
	for j := range after {
		if s := &after[j]; is[j] == 0 {
			note(New, s, s.Size, &pool.New)
		} else {
			note(Grown, s, s.Size-is[j], &pool.Grown)
		}
	}
	for i := range before {
		if s := &before[i]; was[i] == 0 {
			note(Gone, s, s.Size, &pool.Gone)
		} else {
			note(Shrunk, s, s.Size-was[i], &pool.Shrunk)
		}
	}
}

func end(s *fragcalc.Segment) uint64 { return s.Address + uint64(max(s.Size, 0)) }

// inCommon is how many bytes of two segments are the same memory.
func inCommon(a, b *fragcalc.Segment) int64 {
	if !a.Expandable && !b.Expandable && a.Address == b.Address && a.Size == b.Size {
		return a.Size
	}
	from, to := max(a.Address, b.Address), min(end(a), end(b))
	if !a.Expandable || !b.Expandable || from >= to {
		return 0
	}
	return int64(to - from)
}

func sortSegments(all []Segment) {
	slices.SortFunc(all, func(a, b Segment) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Address, b.Address))
	})
}
