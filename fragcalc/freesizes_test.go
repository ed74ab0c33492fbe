package fragcalc

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Whatever state an allocator is in: all free bytes are in some bin, split as
// its figures are, and every bin holds blocks of its own sizes only.
func TestFreeSizesAddUp(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 9))
		p := Process{Pools: GroupPools(randomSegments(r))}
		if seed%3 == 0 {
			p.Settings.LargeSegmentBytes = 40 * mib
		}
		p.Figures = Measure(p.Pools, p.Settings)
		sizes, ok := p.FreeSizes()
		if ok != (len(p.Pools) > 0) {
			t.Fatalf("seed %d: known is %v with %d pools", seed, ok, len(p.Pools))
		}
		checkFreeSizes(t, &sizes, &p.Figures, fmt.Sprintf("seed %d", seed))
		for i := range p.Pools {
			sizes := p.Pools[i].FreeSizes(p.Settings)
			checkFreeSizes(t, &sizes, &p.Pools[i].Figures, fmt.Sprintf("seed %d, pool %d", seed, i))
		}
	}
}

func checkFreeSizes(t *testing.T, sizes *FreeSizes, f *Figures, where string) {
	t.Helper()
	var sum FreeBin
	for i, bin := range sizes.Bins {
		sum.Blocks += bin.Blocks
		sum.Stranded += bin.Stranded
		sum.Releasable += bin.Releasable
		sum.Parked += bin.Parked
		least, most := bin.Blocks*FreeBinFrom(i), bin.Blocks*(2*FreeBinFrom(i)-1)
		if bin.Bytes() < least || bin.Bytes() > most && i < FreeBins-1 {
			t.Errorf("%s: %d blocks of %d bytes and more have %d bytes", where, bin.Blocks, FreeBinFrom(i), bin.Bytes())
		}
	}
	if sum.Bytes() != value(t, f.Free) || sizes.Bytes != sum.Bytes() || sizes.Blocks != sum.Blocks {
		t.Errorf("%s: the bins have %d bytes in %d blocks, the whole %d in %d, free are %d",
			where, sum.Bytes(), sum.Blocks, sizes.Bytes, sizes.Blocks, value(t, f.Free))
	}
	if sum.Stranded != value(t, f.Stranded) || sum.Releasable != value(t, f.Releasable) || sum.Parked != value(t, f.Parked) {
		t.Errorf("%s: the bins say %+v, the figures %v %v %v", where, sum, f.Stranded, f.Releasable, f.Parked)
	}
	if sizes.Largest != value(t, f.LargestFree) {
		t.Errorf("%s: the largest is %d, measured was %d", where, sizes.Largest, value(t, f.LargestFree))
	}
	if sizes.Largest > 0 && sizes.Bins[sizes.LargestBin].Bytes() < sizes.Largest {
		t.Errorf("%s: the largest is not in bin %d", where, sizes.LargestBin)
	}
	if sizes.Unlisted != 0 {
		t.Errorf("%s: %d bytes are not listed", where, sizes.Unlisted)
	}
}

func TestFreeBins(t *testing.T) {
	for _, c := range []struct {
		size int64
		bin  int
	}{{1, 0}, {512, 0}, {1023, 0}, {1024, 1}, {2<<20 - 1, 11}, {2 << 20, 12}, {16<<30 - 1, 24}, {16 << 30, 25}, {1 << 50, 25}} {
		if got := freeBin(c.size); got != c.bin {
			t.Errorf("%d bytes are in bin %d, want %d", c.size, got, c.bin)
		}
	}
	if FreeBinFrom(0) != 512 || FreeBinFrom(FreeBins-1) != 16<<30 {
		t.Errorf("the bins go from %d to %d", FreeBinFrom(0), FreeBinFrom(FreeBins-1))
	}
}

// Segments without their blocks are not taken for full ones.
func TestFreeBytesThatAreNotListed(t *testing.T) {
	pools := GroupPools([]WalkSegment{{Segment: Segment{Size: 20 * mib, Blocks: []Block{{Size: 5 * mib, State: BlockUsed}, {Size: 15 * mib}}}}})
	p := Process{Pools: pools, Figures: Measure(pools, AllocatorSettings{})}
	p.Pools[0].Segments[0].Blocks = nil
	sizes, ok := p.FreeSizes()
	if !ok || sizes.Unlisted != 15*mib || sizes.Bytes != 0 {
		t.Errorf("%+v", sizes)
	}
	if _, ok := (&Process{}).FreeSizes(); ok {
		t.Error("free blocks without a walk")
	}
}

func BenchmarkFreeSizes(b *testing.B) {
	var p Process
	segment := WalkSegment{Segment: Segment{Size: 1 << 40}}
	for i := range 100_000 {
		segment.Blocks = append(segment.Blocks, Block{Size: int64(i+1) * 512, State: BlockState(i % 2)})
	}
	p.Pools = GroupPools([]WalkSegment{segment})
	b.ReportAllocs()
	for b.Loop() {
		_, _ = p.FreeSizes()
	}
}
