package whatif

import "github.com/gpufragtop/gpufragtop/fragcalc"

// mappedRanges calls visit with the blocks of every contiguous mapped range of
// a segment, in address order: what PyTorch reports as one segment.
func mappedRanges(s *segment, visit func(first *block, size int64, blocks int)) {
	for b := s.first; b != nil; {
		if !b.mapped {
			b = b.next
			continue
		}
		first, size, blocks := b, int64(0), 0
		for ; b != nil && b.mapped; b = b.next {
			size += b.size
			blocks++
		}
		visit(first, size, blocks)
	}
}

// Segments returns what a walk over the allocator's blocks sees, in address
// order. The result shares nothing with the allocator.
func (a *Allocator) Segments() []fragcalc.WalkSegment {
	var walk []fragcalc.WalkSegment
	for _, s := range a.segments {
		mappedRanges(s, func(first *block, size int64, blocks int) {
			walk = append(walk, fragcalc.WalkSegment{
				PoolID: first.pool.id,
				Segment: fragcalc.Segment{
					Address:    first.address,
					Size:       size,
					Expandable: s.expandable,
					Blocks:     copyBlocks(first, blocks),
				},
			})
		})
	}
	return walk
}

func copyBlocks(b *block, count int) []fragcalc.Block {
	blocks := make([]fragcalc.Block, count)
	for i := range blocks {
		blocks[i] = fragcalc.Block{Address: b.address, Size: b.size, State: b.state}
		if b.state != fragcalc.BlockFree {
			blocks[i].Requested, blocks[i].Stack = b.requested, b.stack
		}
		b = b.next
	}
	return blocks
}
