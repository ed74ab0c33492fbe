package whatif

import (
	"slices"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// check fails unless the allocator's structures agree with one another: blocks
// tile their segments, segments do not overlap, free neighbours are merged, the
// pools hold exactly the free blocks, and the counters equal a recount.
func check(t *testing.T, a *Allocator) {
	t.Helper()
	var recount Stats
	free := map[*pool]int{}
	unmapped := map[*pool]int{}
	end := map[bool]uint64{} // of the last segment, by kind: the two have their own address spaces
	for _, s := range a.segments {
		if s.first.address < end[s.expandable] {
			t.Fatalf("segment %#x overlaps the one before it", s.first.address)
		}
		end[s.expandable] = s.first.address + uint64(s.size)
		at := s.first.address
		var previous *block
		for b := s.first; b != nil; previous, b = b, b.next {
			if b.address != at || b.prev != previous || b.segment != s || b.pool != s.first.pool {
				t.Fatalf("block %#x does not follow its neighbour", b.address)
			}
			if b.size <= 0 || b.size%minBlock != 0 {
				t.Fatalf("block %#x has size %d", b.address, b.size)
			}
			at = b.end()
			if previous.isFree() && b.isFree() && previous.mapped == b.mapped {
				t.Fatalf("block %#x is free and so is the one before it", b.address)
			}
			recountBlock(t, a, b, &recount, free, unmapped)
		}
		if at != s.first.address+uint64(s.size) {
			t.Fatalf("segment %#x: blocks end at %#x", s.first.address, at)
		}
		if !s.expandable {
			recount.Segments.Current++
		}
	}
	for _, p := range a.pools {
		if got := len(p.free.blocks()); got != free[p] {
			t.Fatalf("pool %+v holds %d free blocks of %d", p.id, got, free[p])
		}
		if got := len(p.unmapped.blocks()); got != unmapped[p] {
			t.Fatalf("pool %+v holds %d unmapped blocks of %d", p.id, got, unmapped[p])
		}
	}
	if got, want := currents(a.stats), currents(recount); !slices.Equal(got, want) {
		t.Fatalf("counters %v, recounted %v", got, want)
	}
}

func recountBlock(t *testing.T, a *Allocator, b *block, recount *Stats, free, unmapped map[*pool]int) {
	t.Helper()
	if !b.mapped {
		unmapped[b.pool]++
		if found := b.pool.unmapped.at(b.pool.unmapped.seek(0, b.address)); found != b {
			t.Fatalf("unmapped block %#x is not in its pool", b.address)
		}
		return
	}
	recount.Reserved.Current += b.size
	if b.state == fragcalc.BlockFree {
		free[b.pool]++
		if found := b.pool.free.at(b.pool.free.seek(b.size, b.address)); found != b {
			t.Fatalf("free block %#x is not in its pool", b.address)
		}
		if b.isSplit() && !b.segment.expandable {
			recount.InactiveSplit.Current += b.size
			recount.InactiveSplitBlocks.Current++
		}
		return
	}
	recount.Active.Current += b.size
	recount.ActiveBlocks.Current++
	recount.Requested.Current += b.requested
	if b.size < b.requested {
		t.Fatalf("block %#x of %d bytes serves %d", b.address, b.size, b.requested)
	}
	if b.state == fragcalc.BlockUsed {
		recount.Allocated.Current += b.size
		recount.Allocations.Current++
		if a.live[b.address] != b {
			t.Fatalf("live block %#x cannot be found by its address", b.address)
		}
	}
}

func currents(s Stats) []int64 {
	return []int64{
		s.Reserved.Current, s.Allocated.Current, s.Active.Current, s.Requested.Current, s.InactiveSplit.Current,
		s.Segments.Current, s.Allocations.Current, s.ActiveBlocks.Current, s.InactiveSplitBlocks.Current,
	}
}

// naiveFit is the block that best fit must choose from fixed segments, found by
// looking at all of them: its address, or 0 when a new segment is needed.
func naiveFit(a *Allocator, size int64, stream uint64) uint64 {
	rounded := a.config.Round(size)
	id := fragcalc.PoolID{Small: rounded <= smallLimit, Stream: stream}
	if len(a.route) > 0 {
		id.Private = a.route[len(a.route)-1]
	}
	var best fragcalc.Block
	for _, s := range a.Segments() {
		for _, b := range s.Blocks {
			if s.PoolID == id && b.State == fragcalc.BlockFree && b.Size >= rounded && (best.Size == 0 || b.Size < best.Size) {
				best = b
			}
		}
	}
	limit := a.config.MaxSplitSize
	if rounded < limit && best.Size >= limit || rounded >= limit && best.Size >= rounded+a.config.MaxNonSplitRounding {
		return 0
	}
	return best.Address
}
