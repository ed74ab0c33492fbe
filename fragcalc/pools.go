package fragcalc

import (
	"cmp"
	"slices"
)

// WalkSegment is a segment as a walk over an allocator finds it, with the
// pool it belongs to.
type WalkSegment struct {
	PoolID
	Segment
}

// GroupPools sorts segments into their pools: default pools first, then by
// private pool id, large before small, stream; segments in address order. The
// pools' figures are not computed: see Measure.
func GroupPools(segments []WalkSegment) []Pool {
	inOrder := func(a, b WalkSegment) int {
		if c := comparePools(a.PoolID, b.PoolID); c != 0 {
			return c
		}
		return cmp.Compare(a.Address, b.Address)
	}
	sorted := segments
	if !slices.IsSortedFunc(segments, inOrder) {
		sorted = slices.Clone(segments)
		slices.SortFunc(sorted, inOrder)
	}
	var pools []Pool
	for len(sorted) > 0 {
		pool := Pool{PoolID: sorted[0].PoolID}
		count := 1
		for count < len(sorted) && sorted[count].PoolID == pool.PoolID {
			count++
		}
		pool.Segments = make([]Segment, count)
		for i := range pool.Segments {
			pool.Segments[i] = sorted[i].Segment
		}
		pools = append(pools, pool)
		sorted = sorted[count:]
	}
	return pools
}

func comparePools(a, b PoolID) int {
	small := func(id PoolID) int {
		if id.Small {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(a.Private[0], b.Private[0]),
		cmp.Compare(a.Private[1], b.Private[1]),
		cmp.Compare(small(a), small(b)),
		cmp.Compare(a.Stream, b.Stream),
	)
}
