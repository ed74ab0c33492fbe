package whatif

import "github.com/gpufragtop/gpufragtop/fragcalc"

// expand gets a block for a request from expandable segments, by mapping pages
// into the lowest range of address space that can grow to it. It returns nil
// when the driver has no memory; pages mapped until then stay in the pool.
func (a *Allocator) expand(p *pool, rounded int64) *block {
	b := a.findExpandable(p, rounded)
	if !b.mapped && !a.mapPages(b, min(b.size, rounded)) {
		return nil
	}
	for b.size < rounded {
		// b is free and what follows is unmapped; mapping merges the two.
		next := b.next
		if !a.mapPages(next, min(next.size, rounded-b.size)) {
			return nil
		}
		b = next
	}
	p.free.remove(b.size, b.address)
	return b
}

// findExpandable returns the first block of the lowest run of unmapped and free
// blocks that has room for size, starting in the free block before an unmapped
// one. When there is none it reserves address space for a new segment.
func (a *Allocator) findExpandable(p *pool, size int64) *block {
	for c := p.unmapped.seek(0, 0); p.unmapped.at(c) != nil; c = p.unmapped.after(c) {
		b := p.unmapped.at(c)
		if b.prev.isFree() {
			b = b.prev
		}
		found := int64(0)
		for next := b; found < size && next.isFree(); next = next.next {
			found += next.size
		}
		if found >= size {
			return b
		}
	}
	// An eighth more than the device has leaves room for ranges whose pages
	// were unmapped and moved to the end.
	total := a.driver.Total()
	b := a.takeSpare()
	b.pool = p
	b.size = roundUp(total+total/8, a.config.PageSize(p.id.Small))
	b.address = a.driver.Reserve(b.size)
	a.addSegment(b, true)
	p.unmapped.insert(0, b.address, b)
	return b
}

// mapPages backs the first size bytes of an unmapped block, in whole pages,
// with memory, merges it with its free neighbours and puts it in the pool.
func (a *Allocator) mapPages(b *block, size int64) bool {
	size = roundUp(size, a.config.PageSize(b.pool.id.Small))
	if !a.driver.Map(b.address, size) {
		return false
	}
	a.note(fragcalc.TraceSegmentMap, b.address, size, b.pool)
	b.pool.unmapped.remove(0, b.address)
	if size < b.size {
		rest := a.splitAfter(b, size)
		rest.mapped = false
		b.pool.unmapped.insert(0, rest.address, rest)
	}
	b.mapped = true
	a.merge(b, b.prev)
	a.merge(b, b.next)
	a.insertFree(b)
	a.stats.Reserved.add(size)
	a.stats.DeviceAllocs++
	return true
}

// unmapPages hands the whole pages inside a free block back to the driver. What
// lies before and behind them stays free. A segment without pages is given up.
func (a *Allocator) unmapPages(b *block) {
	page := uint64(a.config.PageSize(b.pool.id.Small))
	base := b.segment.first.address
	begin := base + (b.address-base+page-1)/page*page
	end := base + (b.end()-base)/page*page
	if begin >= end {
		return
	}
	b.pool.free.remove(b.size, b.address)
	if begin > b.address {
		middle := a.splitAfter(b, int64(begin-b.address))
		a.insertFree(b)
		b = middle
	}
	if end < b.end() {
		a.insertFree(a.splitAfter(b, int64(end-b.address)))
	}
	size := b.size
	a.driver.Unmap(b.address, size)
	a.note(fragcalc.TraceSegmentUnmap, b.address, size, b.pool)
	b.mapped = false
	a.merge(b, b.prev)
	a.merge(b, b.next)
	b.pool.unmapped.insert(0, b.address, b)
	a.stats.Reserved.add(-size)
	a.stats.DeviceFrees++
	if !b.isSplit() {
		b.pool.unmapped.remove(0, b.address)
		a.driver.Unreserve(b.address, b.size)
		a.dropSegment(b)
	}
}
