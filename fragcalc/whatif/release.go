package whatif

import (
	"math"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// EmptyCache hands all free memory that can be handed back to the driver, and
// returns how much that was. It waits for pending frees first. While a private
// pool is in use only abandoned private pools are released.
func (a *Allocator) EmptyCache() int64 {
	before := a.stats.Reserved.Current
	if len(a.route) == 0 {
		a.releaseCached()
	} else {
		a.releaseAbandoned()
	}
	return before - a.stats.Reserved.Current
}

// releaseCached is what PyTorch does in empty_cache and before it gives up on
// an allocation.
func (a *Allocator) releaseCached() {
	a.synchronize()
	for _, p := range a.pools {
		if p.owner == nil {
			a.releasePool(p)
		}
	}
	a.releaseAbandoned()
}

// releasePool hands back the whole free segments of a pool, then the whole free
// pages of its expandable segments.
func (a *Allocator) releasePool(p *pool) {
	var expandable []*block
	for _, b := range p.free.blocks() {
		if b.segment.expandable {
			expandable = append(expandable, b)
		} else if !b.isSplit() {
			a.releaseSegment(b)
		}
	}
	for _, b := range expandable {
		a.unmapPages(b)
	}
}

// releaseSegment hands the segment of a free, unsplit block back.
func (a *Allocator) releaseSegment(b *block) {
	b.pool.free.remove(b.size, b.address)
	a.driver.Free(b.address, b.size)
	a.note(fragcalc.TraceSegmentFree, b.address, b.size, b.pool)
	a.stats.Segments.add(-1)
	a.stats.Reserved.add(-b.size)
	a.stats.DeviceFrees++
	a.dropSegment(b)
}

// releaseAvailable hands back oversize blocks of the request's pool, largest
// first, until they make room for it. It does nothing unless a maximum split
// size is set, and returns false when there is not enough of them.
func (a *Allocator) releaseAvailable(p *pool, rounded int64) bool {
	limit := a.config.MaxSplitSize
	if limit == math.MaxInt64 {
		return false
	}
	wanted := max(rounded, limit)
	releasable := func(b *block) bool { return !b.segment.expandable && !b.isSplit() }
	if b := p.free.at(p.free.seek(wanted, 0)); b != nil && releasable(b) {
		a.releaseSegment(b)
		return true
	}
	free := p.free.blocks()
	released := int64(0)
	for i := len(free) - 1; i >= 0 && released < wanted && free[i].size >= limit; i-- {
		if b := free[i]; b.size < wanted && releasable(b) {
			released += b.size
			a.releaseSegment(b)
		}
	}
	return released >= wanted
}

// collects tells whether garbage is collected before the driver is asked.
func (a *Allocator) collects() bool {
	return a.config.Fraction > 0 && a.config.GCThreshold > 0
}

// collectGarbage hands back large free segments that have not been used for
// longer than the average, until reserved bytes are below the threshold.
func (a *Allocator) collectGarbage() {
	threshold := int64(a.config.GCThreshold * float64(a.allowed))
	target := a.stats.Reserved.Current - threshold
	if target <= 0 {
		return
	}
	var candidates []*block
	age := int64(0)
	for _, p := range a.pools {
		if p.owner != nil || p.id.Small {
			continue
		}
		for _, b := range p.free.blocks() {
			if !b.isSplit() && !b.segment.expandable {
				candidates = append(candidates, b)
				age += a.searches - b.freedAt
			}
		}
	}
	for reclaimed := int64(0); reclaimed < target && len(candidates) > 0; {
		average := float64(age) / float64(len(candidates))
		kept := candidates[:0]
		for _, b := range candidates {
			if own := a.searches - b.freedAt; float64(own) >= average {
				reclaimed += b.size
				age -= own
				a.releaseSegment(b)
			} else {
				kept = append(kept, b)
			}
		}
		if len(kept) == len(candidates) {
			return
		}
		candidates = kept
	}
}
