package fragcalc

import "slices"

// largestFit is the largest request that some default pool, or a pool on a stream
// that has no memory yet, serves without a retry.
func (g *fitter) largestFit(at phase, free int64) int64 {
	back := int64(0)
	if at == released {
		back = g.release(false)
	} else {
		back = g.garbage(at, false)
	}
	best := int64(0)
	for _, b := range bands {
		best = max(best, g.largestNew(nil, at, b, back, free))
	}
	for i := range g.pools {
		pool := &g.pools[i]
		if pool.IsPrivate() {
			continue // serves its graph or MemPool only
		}
		limited := g.MaxSplitSize < mostBytes && !pool.Small
		cached := int64(0)
		if !limited && (!pool.Small || best < smallLimit) {
			cached = g.largestBlock(pool, at)
		}
		for _, b := range bands {
			if pool.Small != (b.to <= smallLimit) {
				continue
			}
			best = max(best, g.within(b, cached))
			if g.growable(pool) {
				best = max(best, g.largestNew(pool, at, b, back, free))
			}
		}
		if limited {
			best = max(best, g.largestLimited(pool, at, back, free))
		}
	}
	return best
}

// mostTries bounds the work for walks that no allocator would make.
const mostTries = 64

// largestLimited is the largest request that a large pool serves from its cache,
// or by handing oversize blocks back, where a maximum split size is set: neither
// is told by sizes below what fits.
func (g *fitter) largestLimited(pool *Pool, at phase, back, free int64) int64 {
	blocks := slices.Collect(g.freeBlocks(pool, at))
	sortBlocks(blocks)
	best := g.largestServed(blocks)
	if at == released || g.garbage(at, true) > 0 {
		return best // nothing is left to hand back, or garbage collection may have been there before
	}
	all := g.oversize(pool, at)
	id := PoolID{Stream: pool.Stream}
	try := func(size int64) bool {
		rounded := g.exact(size)
		if rounded <= max(best, smallLimit) {
			return true // no better
		}
		evicted, enough := all.evicts(max(rounded, g.MaxSplitSize))
		if enough && g.obtains(pool, id, at, rounded, back+evicted, outlook{free: free}) {
			best = rounded
			return true
		}
		return false
	}
	sum := int64(0)
	for _, b := range all {
		if b.returnable() {
			sum += b.size
		}
	}
	if evicted, enough := all.evicts(g.MaxSplitSize); enough { // requests below the limit
		for _, b := range bands {
			if b.from > smallLimit {
				b.to = min(b.to, g.MaxSplitSize-minBlock)
				best = max(best, g.largestNew(pool, at, b, back+evicted, free))
			}
		}
	}
	short := max(0, g.held-g.allowed) // above the cap already
	if !try(sum - short) {
		for i, tries := len(all)-1, 0; i >= 0 && tries < mostTries && !try(all[i].size-short); i-- {
			tries++
		}
	}
	return best
}

// largestServed is the largest rounded request that one of these blocks serves
// under the rules for oversize blocks. They are all of a large pool, by size.
func (g *fitter) largestServed(sorted []freeBlock) int64 {
	var taken freeBlock // by a request that fits sorted[i]
	for i := len(sorted) - 1; i >= 0; i-- {
		b := sorted[i]
		if !b.expandable || i+1 == len(sorted) || sorted[i+1].room >= b.room {
			taken = b
		}
		for _, size := range [...]int64{b.size, min(b.size, g.MaxSplitSize-minBlock)} {
			rounded := g.exact(size)
			if rounded <= smallLimit || i > 0 && rounded <= sorted[i-1].size {
				continue // of the small pool, or fits the next block
			}
			if g.serves(taken, rounded, false) {
				return rounded
			}
		}
	}
	return 0
}
