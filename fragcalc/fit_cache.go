package fragcalc

import (
	"cmp"
	"slices"
)

// bestFit is the one free block that a rounded request looks at: the smallest
// that is large enough, the lowest address among equals. In expandable segments
// a block counts with the unmapped space behind it.
func (g *fitter) bestFit(pool *Pool, at phase, rounded int64) (best freeBlock, found bool) {
	if pool == nil || g.largestBlock(pool, at) < rounded {
		return best, false
	}
	for b := range g.freeBlocks(pool, at) {
		if b.size >= rounded && (!found || b.before(best)) {
			best, found = b, true
		}
	}
	if !found || best.room == best.size {
		return best, found // the next larger block has no less room
	}
	var larger []freeBlock
	for b := range g.freeBlocks(pool, at) {
		if b.size >= rounded {
			larger = append(larger, b)
		}
	}
	sortBlocks(larger)
	return chosen(larger, g.whole), true
}

// chosen is the block that a request takes which fits the first of these. How
// much room is behind the last range of a reservation does not show unless
// nothing was ever unmapped.
func chosen(sorted []freeBlock, whole bool) freeBlock {
	at, unsure := 0, int64(0)
	for sorted[at].expandable && at+1 < len(sorted) && sorted[at+1].room < sorted[at].room {
		if sorted[at].last && !whole && unsure == 0 {
			unsure = sorted[at].size
		}
		at++
	}
	best := sorted[at]
	best.unsure = unsure
	return best
}

func sortBlocks(blocks []freeBlock) {
	slices.SortFunc(blocks, func(a, b freeBlock) int {
		return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.address, b.address))
	})
}

// largestBlock is the size of the largest free block; 0 when there is none.
func (g *fitter) largestBlock(pool *Pool, at phase) int64 {
	key := poolAt{pool, at}
	if known, ok := g.largest[key]; ok {
		return known
	}
	largest := int64(0)
	for block := range g.freeBlocks(pool, at) {
		largest = max(largest, block.size)
	}
	g.largest[key] = largest
	return largest
}

// within is the largest rounded size in a band up to a size; 0 when there is
// none.
func (g *fitter) within(b band, size int64) int64 {
	if exact := g.exact(min(size, b.to)); exact >= b.from {
		return exact
	}
	return 0
}
