package blockmap

import (
	"iter"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Stretch is a part of a segment in one state, up to an offset from its start.
// It begins where the one before it ends.
type Stretch struct {
	End   int64
	State paint.Role
}

// Sizes are bytes by state, from paint.Used on.
type Sizes = [paint.StateCount]int64

// roles are how states are drawn.
var roles = [...]paint.Role{
	fragcalc.StateUsed: paint.Used, fragcalc.StateRounding: paint.Rounding, fragcalc.StatePending: paint.Pending,
	fragcalc.StateStranded: paint.Stranded, fragcalc.StateReleasable: paint.Releasable, fragcalc.StateParked: paint.Parked,
	fragcalc.StateUnseen: paint.Unseen,
}

// Stretches appends the stretches of a segment, in address order; together they
// are the segment.
func Stretches(out []Stretch, pool fragcalc.PoolID, segment *fragcalc.Segment, settings fragcalc.AllocatorSettings) []Stretch {
	const expected = 2 // stretches a block, with its rounding
	out = slices.Grow(out, expected*len(segment.Blocks))
	first, at := len(out), int64(0)
	for role, size := range states(pool, segment, settings) {
		at += size
		if last := len(out) - 1; last >= first && out[last].State == role {
			out[last].End = at
			continue
		}
		out = append(out, Stretch{at, role})
	}
	return out
}

// SegmentSizes is what a segment is in. It needs no memory.
func SegmentSizes(pool fragcalc.PoolID, segment *fragcalc.Segment, settings fragcalc.AllocatorSettings) Sizes {
	var sizes Sizes
	for role, size := range states(pool, segment, settings) {
		sizes[role-paint.Used] += size
	}
	return sizes
}

// states are the states of a segment's bytes, in address order; together they are
// the segment.
func states(pool fragcalc.PoolID, segment *fragcalc.Segment, settings fragcalc.AllocatorSettings) iter.Seq2[paint.Role, int64] {
	return func(yield func(paint.Role, int64) bool) {
		left := segment.Size
		for state, size := range segment.States(pool, settings) {
			if size = min(size, left); size <= 0 {
				continue
			}
			if left -= size; !yield(roles[state], size) {
				return
			}
		}
		if left > 0 { // where blocks are not the whole segment, as they should be
			yield(paint.Unseen, left)
		}
	}
}

// SizesOf is what a segment is in.
func SizesOf(stretches []Stretch) Sizes {
	var sizes Sizes
	at := int64(0)
	for _, s := range stretches {
		sizes[s.State-paint.Used] += s.End - at
		at = s.End
	}
	return sizes
}

// BlockSizes tells of each block of a segment, in order, what it is in.
func BlockSizes(pool fragcalc.PoolID, segment *fragcalc.Segment, settings fragcalc.AllocatorSettings) iter.Seq2[int, Sizes] {
	return func(yield func(int, Sizes) bool) {
		stretches := Stretches(nil, pool, segment, settings)
		at, end := int64(0), int64(0)
		for i := range segment.Blocks {
			var inside Sizes
			end += segment.Blocks[i].Size
			for len(stretches) > 0 && at < end {
				to := min(end, stretches[0].End)
				inside[stretches[0].State-paint.Used] += to - at
				if at = to; at == stretches[0].End {
					stretches = stretches[1:]
				}
			}
			if !yield(i, inside) {
				return
			}
		}
	}
}
