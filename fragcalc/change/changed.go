package change

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Changed are the ranges of addresses that are not as they were at an earlier
// look at the same process and GPU, in address order and joined where they
// touch: bytes in another state or pool, used blocks that were allocated or
// freed (in the sense of the package's comment), segments that are new or gone.
// It is empty where a walk or the blocks of one are missing on either side.
// Segments that are the same on both sides are compared block by block and
// passed over: the cost is a pass over the blocks.
func Changed(before, after *fragcalc.Process) []Range {
	if _, blocks := obstacles(before, after); blocks != "" {
		return nil
	}
	var found, states, blocks ranges
	var w sweep
	stacks := newByStack(before.Stacks, after.Stacks)
	alike := before.Settings == after.Settings && sameStacks(before.Stacks, after.Stacks)
	for _, pool := range pairPools(before.Pools, after.Pools) {
		was, is := segmentsOf(pool.Before), segmentsOf(pool.After)
		if alike {
			was, is = different(was, is)
		}
		states, blocks = states[:0], blocks[:0]
		w.was.begin(pool.PoolID, before.Settings, was)
		w.is.begin(pool.PoolID, after.Settings, is)
		w.over(func(from, to uint64, was, is *stretch) {
			if was.state != is.state {
				states.add(from, to)
			}
		})
		eachBlock(was, is, stacks.same, func(at uint64, was, is *fragcalc.Block) {
			switch {
			case was == nil:
				blocks.add(at, at+uint64(is.Size))
			case is == nil:
				blocks.add(at, at+uint64(was.Size))
			}
		})
		found = found.merge(states, blocks)
	}
	if !slices.IsSortedFunc(found, byAddress) { // memory of several pools, mingled
		slices.SortFunc(found, byAddress)
		all := found
		found = found[:0]
		for _, r := range all {
			found.add(r.Address, r.End())
		}
	}
	return found
}

// different are the segments of two moments that are not the same in every
// block, by address.
func different(before, after []fragcalc.Segment) (was, is []fragcalc.Segment) {
	for len(before) > 0 && len(after) > 0 {
		b, a := &before[0], &after[0]
		switch {
		case b.Address < a.Address:
			was, before = append(was, *b), before[1:]
		case b.Address > a.Address:
			is, after = append(is, *a), after[1:]
		default:
			if b.Size != a.Size || b.Expandable != a.Expandable || !sameBlocks(b.Blocks, a.Blocks) {
				was, is = append(was, *b), append(is, *a)
			}
			before, after = before[1:], after[1:]
		}
	}
	return append(was, before...), append(is, after...)
}

func sameBlocks(a, b []fragcalc.Block) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || slices.Equal(a, b))
}

// sameStacks tells whether two looks share their stacks, so that the same number
// is the same stack.
func sameStacks(a, b fragcalc.Stacks) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// ranges are ranges that are being collected.
type ranges []Range

// add appends a range, or extends the last one that it touches.
func (r *ranges) add(from, to uint64) {
	if from >= to {
		return
	}
	if last := len(*r) - 1; last >= 0 && (*r)[last].Address <= from && from <= (*r)[last].End() {
		(*r)[last].Size = max((*r)[last].Size, int64(to-(*r)[last].Address))
		return
	}
	*r = append(*r, Range{from, int64(to - from)})
}

// merge appends two lists, each of them in address order, as one that is.
func (r ranges) merge(a, b ranges) ranges {
	for len(a) > 0 || len(b) > 0 {
		from := &a
		if len(a) == 0 || len(b) > 0 && b[0].Address < a[0].Address {
			from = &b
		}
		r.add((*from)[0].Address, (*from)[0].End())
		*from = (*from)[1:]
	}
	return r
}

func byAddress(a, b Range) int { return cmp.Compare(a.Address, b.Address) }
