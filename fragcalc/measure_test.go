package fragcalc

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func value(t testing.TB, b Bytes) int64 {
	t.Helper()
	n, ok := b.Get()
	if !ok {
		t.Fatalf("unknown: %s", b.Reason())
	}
	return n
}

func TestMeasureEqualsNaive(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		settings := AllocatorSettings{}
		if seed%3 == 0 {
			settings.LargeSegmentBytes = 40 * mib
		}
		pools := GroupPools(randomSegments(r))
		f := Measure(pools, settings)
		checkNaive(t, f, naive(pools, settings), fmt.Sprintf("seed %d", seed))
		checkClosed(t, f, fmt.Sprintf("seed %d", seed))
		for i, pool := range pools {
			where := fmt.Sprintf("seed %d, pool %d", seed, i)
			checkNaive(t, pool.Figures, naive(pools[i:i+1], settings), where)
			checkClosed(t, pool.Figures, where)
		}
	}
}

func checkNaive(t testing.TB, f Figures, want naiveFigures, where string) {
	t.Helper()
	got := naiveFigures{
		reserved: value(t, f.Reserved), used: value(t, f.Used), pending: value(t, f.Pending), requested: value(t, f.Requested),
		releasable: value(t, f.Releasable), parked: value(t, f.Parked), stranded: value(t, f.Stranded),
		largest: value(t, f.LargestFree), estimate: value(t, f.ReleaseEstimate),
	}
	if got != want {
		t.Errorf("%s: measured %+v, the naive measure says %+v", where, got, want)
	}
}

// checkClosed checks what holds for the figures of any allocator.
func checkClosed(t testing.TB, f Figures, where string) {
	t.Helper()
	reserved := value(t, f.Reserved)
	parts := value(t, f.Used) + value(t, f.Pending) + value(t, f.Releasable) + value(t, f.Parked) + value(t, f.Stranded)
	if reserved != parts {
		t.Errorf("%s: reserved %d, the parts %d", where, reserved, parts)
	}
	free := value(t, f.Free)
	if free != reserved-value(t, f.Used)-value(t, f.Pending) {
		t.Errorf("%s: free %d", where, free)
	}
	if largest := value(t, f.LargestFree); largest > free || largest < 0 {
		t.Errorf("%s: largest free %d of %d free", where, largest, free)
	}
	if estimate := value(t, f.ReleaseEstimate); estimate < value(t, f.Releasable) || estimate > free+value(t, f.Pending) {
		t.Errorf("%s: release estimate %d, releasable %d", where, estimate, value(t, f.Releasable))
	}
	if value(t, f.Unallocated) != reserved-value(t, f.Used) {
		t.Errorf("%s: unallocated", where)
	}
	for _, ratio := range []Ratio{f.Fragmentation, f.External} {
		if r, ok := ratio.Get(); !ok || r < 0 || r > 1 {
			t.Errorf("%s: ratio %v", where, r)
		}
	}
}

// The order in which a walk meets segments does not matter.
func TestMeasureIgnoresOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	segments := randomSegments(r)
	want := Measure(GroupPools(segments), AllocatorSettings{})
	for range 20 {
		r.Shuffle(len(segments), func(i, j int) { segments[i], segments[j] = segments[j], segments[i] })
		if got := Measure(GroupPools(segments), AllocatorSettings{}); got != want {
			t.Fatalf("figures changed with the order: %+v, %+v", got, want)
		}
	}
}

func TestGroupPools(t *testing.T) {
	walk := []WalkSegment{
		{PoolID{Private: [2]uint64{0, 1}}, Segment{Address: 1}},
		{PoolID{Small: true}, Segment{Address: 2}},
		{PoolID{Stream: 5}, Segment{Address: 9}},
		{PoolID{}, Segment{Address: 8}},
		{PoolID{}, Segment{Address: 3}},
	}
	var order []uint64
	pools := GroupPools(walk)
	for _, pool := range pools {
		for _, s := range pool.Segments {
			order = append(order, s.Address)
		}
	}
	if want := []uint64{3, 8, 9, 2, 1}; !slices.Equal(order, want) || len(pools) != 4 {
		t.Errorf("%d pools with the segments %v, want 4 with %v", len(pools), order, want)
	}
	if walk[0].Address != 1 || walk[4].Address != 3 {
		t.Error("the walk itself was sorted")
	}
}

func one(pool PoolID, segment Segment) []Pool {
	return []Pool{{PoolID: pool, Segments: []Segment{segment}}}
}

func expandable(blocks ...Block) Segment {
	s := Segment{Address: 1 << 40, Expandable: true, Blocks: blocks}
	for _, b := range blocks {
		s.Size += b.Size
	}
	return s
}

func TestRelease(t *testing.T) {
	used, free, pending := BlockUsed, BlockFree, BlockPending
	block := func(state BlockState, size int64) Block { return Block{State: state, Size: size * mib} }
	for _, c := range []struct {
		name                           string
		pool                           PoolID
		segment                        Segment
		releasable, estimate, stranded int64 // MiB
	}{
		{"a whole free segment", PoolID{}, Segment{Size: 20 * mib, Blocks: []Block{block(free, 20)}}, 20, 20, 0},
		{"a hole", PoolID{}, Segment{Size: 20 * mib, Blocks: []Block{block(used, 5), block(free, 15)}}, 0, 0, 15},
		{"pending beside free", PoolID{}, Segment{Size: 20 * mib, Blocks: []Block{block(pending, 5), block(free, 15)}}, 0, 20, 15},
		{"all pending", PoolID{}, Segment{Size: 20 * mib, Blocks: []Block{block(pending, 20)}}, 0, 20, 0},
		{"a private pool keeps all", PoolID{Private: [2]uint64{0, 1}}, Segment{Size: 20 * mib, Blocks: []Block{block(free, 20)}}, 0, 0, 0},
		{"pages inside an expandable hole", PoolID{}, expandable(block(used, 10), block(free, 55), block(used, 15)), 40, 40, 15},
		{"a hole smaller than a page", PoolID{}, expandable(block(used, 10), block(free, 20), block(used, 10)), 0, 0, 20},
		{"small pages", PoolID{Small: true}, expandable(block(used, 1), block(free, 4), block(used, 1)), 2, 2, 2},
		{"pending joins pages", PoolID{}, expandable(block(free, 10), block(pending, 10), block(used, 20)), 0, 20, 10},
	} {
		pools := one(c.pool, c.segment)
		f := Measure(pools, AllocatorSettings{})
		if r, e, s := value(t, f.Releasable)/mib, value(t, f.ReleaseEstimate)/mib, value(t, f.Stranded)/mib; r != c.releasable || e != c.estimate || s != c.stranded {
			t.Errorf("%s: releasable %d, estimate %d, stranded %d; want %d, %d, %d", c.name, r, e, s, c.releasable, c.estimate, c.stranded)
		}
	}
}

func TestRatiosOfNothing(t *testing.T) {
	f := Measure(nil, AllocatorSettings{})
	if f.Fragmentation != Of(0.0) || f.External != Of(0.0) {
		t.Errorf("ratios of nothing: %v, %v", f.Fragmentation, f.External)
	}
}

func FuzzMeasure(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint8(0))
	f.Fuzz(func(t *testing.T, a, b uint64, page uint8) {
		settings := AllocatorSettings{LargeSegmentBytes: int64(page) * unit}
		pools := GroupPools(randomSegments(rand.New(rand.NewPCG(a, b))))
		f := Measure(pools, settings)
		checkNaive(t, f, naive(pools, settings), "fuzz")
		checkClosed(t, f, "fuzz")
	})
}

// Whatever a walk claims, its figures cost no more than themselves.
func FuzzMeasureHostile(f *testing.F) {
	f.Add(uint64(1)<<63, int64(-1), int64(1)<<62, int64(1), uint32(7), int64(1)<<62, true)
	f.Fuzz(func(_ *testing.T, address uint64, size, first, second int64, state uint32, page int64, expandable bool) {
		settings := AllocatorSettings{LargeSegmentBytes: page}
		pools := GroupPools([]WalkSegment{{Segment: Segment{Address: address, Size: size, Expandable: expandable,
			Blocks: []Block{{Size: first, State: BlockState(state)}, {Size: second}}}}})
		f := Measure(pools, settings)
		f.Fit(pools, settings, Room{DeviceFree: Of(size), Allowed: Of(first), DeviceFrees: Of[int64](0)})
		f.Against(Of(size), Of(second))
	})
}
