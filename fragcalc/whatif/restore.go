package whatif

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// restore gives an allocator without memory the state of a start, and returns
// the live and pending blocks by slot. The driver is not asked: it must count
// the memory itself (see Replay).
func (a *Allocator) restore(s start) []*block {
	blocks := make([]*block, len(s.blocks))
	bySlot := make(map[uint64]int32, len(s.blocks))
	for _, old := range s.blocks {
		bySlot[old.address] = old.slot
	}
	reservations := map[fragcalc.PoolID]*block{} // the last block of each
	for i := range s.segments {
		w := &s.segments[i]
		if w.IsPrivate() && a.private[w.Private] == nil {
			a.private[w.Private] = &privatePool{holders: 1}
		}
		p := a.findPool(w.PoolID)
		last := (*block)(nil)
		if w.Expandable {
			last = reservations[w.PoolID]
		}
		if last != nil {
			last = a.unmappedUpTo(last, w.Address)
		}
		for j := range w.Blocks {
			last = a.restoreBlock(p, last, &w.Blocks[j], w.Expandable)
			if last.state != fragcalc.BlockFree {
				blocks[bySlot[last.address]] = last
			}
		}
		if w.Expandable {
			reservations[w.PoolID] = last
		} else {
			last.segment.size = w.Size
			a.stats.Segments.add(1)
		}
		a.stats.Reserved.add(w.Size)
	}
	for _, last := range reservations {
		a.endReservation(last)
	}
	return blocks
}

// restoreBlock adds a block behind the last one of its segment, or begins one.
func (a *Allocator) restoreBlock(p *pool, last *block, w *fragcalc.Block, expandable bool) *block {
	b := a.takeSpare()
	b.pool, b.address, b.size, b.requested, b.state, b.mapped = p, w.Address, w.Size, w.Requested, w.State, true
	if last == nil {
		a.addSegment(b, expandable)
	} else {
		b.segment, b.prev, last.next = last.segment, last, b
		b.segment.size += b.size
	}
	if b.state == fragcalc.BlockFree {
		b.requested = 0
		a.insertFree(b)
		return b
	}
	a.stats.Active.add(b.size)
	a.stats.ActiveBlocks.add(1)
	a.stats.Requested.add(b.requested)
	if b.state == fragcalc.BlockUsed {
		a.stats.Allocations.add(1)
		a.stats.Allocated.add(b.size)
	}
	return b
}

// unmappedUpTo adds address space without memory behind a block.
func (a *Allocator) unmappedUpTo(last *block, address uint64) *block {
	if address <= last.end() {
		return last
	}
	b := a.takeSpare()
	b.pool, b.segment, b.prev = last.pool, last.segment, last
	b.address, b.size = last.end(), int64(address-last.end())
	last.next = b
	b.segment.size += b.size
	b.pool.unmapped.insert(0, b.address, b)
	return b
}

// endReservation gives a segment the rest of its address space: an eighth more
// than the device has, from its first known page on.
func (a *Allocator) endReservation(last *block) {
	total := a.driver.Total()
	size := roundUp(total+total/8, a.config.PageSize(last.pool.id.Small))
	a.unmappedUpTo(last, last.segment.first.address+uint64(size))
}
