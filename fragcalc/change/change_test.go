package change

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// pairs are looks at random processes, in both directions of time.
func pairs(t *testing.T, each func(seed uint64, before, after *fragcalc.Process)) {
	t.Helper()
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := heap(r)
		l := later(r, p)
		each(seed, p, l)
		each(seed, l, p)
	}
}

func TestCompareEqualsTheNaiveModel(t *testing.T) {
	pairs(t, func(seed uint64, before, after *fragcalc.Process) {
		was, is := cells(before), cells(after)
		var want, got [5]int64 // stranded, no longer, allocated, freed, kept
		for at, c := range is {
			if c.state == "stranded" && was[at].state != "stranded" {
				want[0] += cell
			}
			switch {
			case c.block != "" && c.block == was[at].block:
				want[4] += cell
			case c.block != "":
				want[2] += cell
			}
		}
		for at, c := range was {
			if c.state == "stranded" && is[at].state != "stranded" {
				want[1] += cell
			}
			if c.block != "" && c.block != is[at].block {
				want[3] += cell
			}
		}
		c := Compare(before, after)
		got = [5]int64{c.Stranded.Bytes, c.Unstranded.Bytes, c.Allocated.Bytes, c.Freed.Bytes, c.Kept.Bytes}
		if got != want {
			t.Fatalf("seed %d: stranded, no longer, allocated, freed, kept: %v, want %v", seed, got, want)
		}
		checkRanges(t, seed, &c, was, is)
	})
}

func TestSegmentsEqualTheNaiveModel(t *testing.T) {
	type segment struct {
		pool fragcalc.PoolID
		at   uint64
	}
	// coming are the bytes of each segment that are not in the other look, and
	// those that are.
	coming := func(all, others map[place]cellState) (fresh, kept map[segment]int64) {
		fresh, kept = map[segment]int64{}, map[segment]int64{}
		for at, c := range all {
			of := segment{at.pool, c.where}
			if o, there := others[at]; there && c.stays(o) {
				kept[of] += cell
			} else {
				fresh[of] += cell
			}
		}
		return fresh, kept
	}
	pairs(t, func(seed uint64, before, after *fragcalc.Process) {
		was, is := cells(before), cells(after)
		want := map[Kind]map[segment]int64{New: {}, Gone: {}, Grown: {}, Shrunk: {}}
		for _, side := range []struct {
			all, others map[place]cellState
			whole, part Kind
		}{{is, was, New, Grown}, {was, is, Gone, Shrunk}} {
			fresh, kept := coming(side.all, side.others)
			for of, bytes := range fresh {
				kind := side.whole
				if kept[of] > 0 {
					kind = side.part
				}
				want[kind][of] = bytes
			}
		}
		got := map[Kind]map[segment]int64{New: {}, Gone: {}, Grown: {}, Shrunk: {}}
		for _, s := range Compare(before, after).Segments {
			got[s.Kind][segment{s.PoolID, s.Address}] += s.Bytes
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	})
}

// checkRanges holds every newly stranded range to the cells.
func checkRanges(t *testing.T, seed uint64, c *Comparison, was, is map[place]cellState) {
	t.Helper()
	largest := int64(1 << 62)
	for _, r := range c.Ranges {
		if r.Size > largest {
			t.Fatalf("seed %d: a range of %d bytes behind one of %d", seed, r.Size, largest)
		}
		largest = r.Size
		var live, free, unreserved int64
		for at := r.Address; at < r.End(); at += cell {
			cell := place{r.Pool, at}
			if is[cell].state != "stranded" || is[cell].where != r.Segment.Address {
				t.Fatalf("seed %d: %#x is %v, said to be stranded in %#x", seed, at, is[cell], r.Segment.Address)
			}
			switch was[cell].state {
			case "used", "pending":
				live += mib / 2
			case "":
				unreserved += mib / 2
			case "stranded":
				t.Fatalf("seed %d: %#x was stranded before", seed, at)
			default:
				free += mib / 2
			}
		}
		if live != r.Live || free != r.Free || unreserved != r.Unreserved || live+free+unreserved != r.Size {
			t.Fatalf("seed %d: %+v was live %d, free %d, unreserved %d", seed, r, live, free, unreserved)
		}
		before, behind := r.Beside()
		if before != nil && before.Address >= r.Address || behind != nil && behind.Address < r.End() {
			t.Fatalf("seed %d: %+v is not between %+v and %+v", seed, r, before, behind)
		}
	}
}

func TestSumsClose(t *testing.T) {
	pairs(t, func(seed uint64, before, after *fragcalc.Process) {
		c := Compare(before, after)
		closes(t, seed, "process", &c.Totals, &before.Figures, &after.Figures)
		var sum Totals
		nothing := fragcalc.Measure(nil, fragcalc.AllocatorSettings{})
		for _, pool := range c.Pools {
			was, is := &nothing, &nothing
			if pool.Before != nil {
				was = &pool.Before.Figures
			}
			if pool.After != nil {
				is = &pool.After.Figures
			}
			closes(t, seed, "pool", &pool.Totals, was, is)
			sum.join(pool.Totals)
		}
		var stacks, ranges, segments Totals
		for _, s := range c.Stacks {
			stacks.Allocated.join(s.Allocated)
			stacks.Freed.join(s.Freed)
		}
		for _, r := range c.Ranges {
			ranges.Stranded.add(r.Size)
		}
		for _, s := range c.Segments {
			(*[...]*Tally{&segments.New, &segments.Gone, &segments.Grown, &segments.Shrunk}[s.Kind]).add(s.Bytes)
		}
		if sum != c.Totals || stacks.Allocated != c.Allocated || stacks.Freed != c.Freed || ranges.Stranded != c.Stranded ||
			segments != (Totals{New: c.New, Gone: c.Gone, Grown: c.Grown, Shrunk: c.Shrunk}) {
			t.Fatalf("seed %d: totals %+v, pools %+v, stacks %+v, ranges %+v, segments %+v", seed, c.Totals, sum, stacks, ranges.Stranded, segments)
		}
	})
}

func closes(t *testing.T, seed uint64, what string, c *Totals, was, is *fragcalc.Figures) {
	t.Helper()
	for name, sum := range map[string][2]int64{
		"reserved": {By(was.Reserved, is.Reserved).Or(-1), c.New.Bytes + c.Grown.Bytes - c.Gone.Bytes - c.Shrunk.Bytes},
		"used":     {By(was.Used, is.Used).Or(-1), c.Allocated.Bytes - c.Freed.Bytes},
		"stranded": {By(was.Stranded, is.Stranded).Or(-1), c.Stranded.Bytes - c.Unstranded.Bytes},
	} {
		if sum[0] != sum[1] {
			t.Fatalf("seed %d, %s: %s changed by %d, the parts by %d", seed, what, name, sum[0], sum[1])
		}
	}
}

// Back in time everything comes that went.
func TestTheOtherWayRound(t *testing.T) {
	pairs(t, func(seed uint64, before, after *fragcalc.Process) {
		there, back := Compare(before, after).Totals, Compare(after, before).Totals
		if there != (Totals{New: back.Gone, Gone: back.New, Grown: back.Shrunk, Shrunk: back.Grown,
			Allocated: back.Freed, Freed: back.Allocated, Kept: back.Kept, Stranded: back.Unstranded, Unstranded: back.Stranded}) {
			t.Fatalf("seed %d: there %+v, back %+v", seed, there, back)
		}
	})
}

func TestChangedEqualsTheNaiveModel(t *testing.T) {
	pairs(t, func(seed uint64, before, after *fragcalc.Process) {
		was, is := cells(before), cells(after)
		changed := map[uint64]bool{}
		for _, side := range []map[place]cellState{was, is} {
			for at := range side {
				if was[at].state != is[at].state || was[at].block != is[at].block {
					changed[at.at] = true
				}
			}
		}
		got := map[uint64]bool{}
		var last uint64
		for _, r := range Changed(before, after) {
			if r.Size <= 0 || r.Address <= last {
				t.Fatalf("seed %d: %+v behind %#x: not in order, or not joined", seed, r, last)
			}
			last = r.End()
			for at := r.Address; at < r.End(); at += cell {
				got[at] = true
			}
		}
		if diff := cmp.Diff(changed, got); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	})
}

func TestNothingChanged(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		p := heap(r)
		c := Compare(p, p)
		if kept := c.Kept; c.Totals != (Totals{Kept: kept}) || kept.Bytes != p.Used.Or(-1) || len(c.Stacks)+len(c.Segments)+len(c.Ranges)+len(Changed(p, p)) > 0 {
			t.Fatalf("a process is different from itself: %+v", c)
		}
	}
}

func TestByStack(t *testing.T) {
	forward := fragcalc.Stack{{Function: "forward", File: "m.py", Line: 7}}
	backward := fragcalc.Stack{{Function: "backward", File: "m.py", Line: 7}}
	of := func(stacks fragcalc.Stacks, blocks ...fragcalc.Block) *fragcalc.Process {
		s := fragcalc.Segment{Address: 1 << 20}
		for _, b := range blocks {
			b.Address, b.State = s.Address+uint64(s.Size), fragcalc.BlockUsed
			s.Blocks = append(s.Blocks, b)
			s.Size += b.Size
		}
		return &fragcalc.Process{Stacks: stacks, Pools: fragcalc.GroupPools([]fragcalc.WalkSegment{{Segment: s}})}
	}
	before := of(fragcalc.Stacks{forward, backward}, fragcalc.Block{Size: 512, Stack: 1}, fragcalc.Block{Size: 1024, Stack: 1}, fragcalc.Block{Size: 512, Stack: 9})
	after := of(fragcalc.Stacks{backward, forward}, fragcalc.Block{Size: 512, Stack: 2}, fragcalc.Block{Size: 1024, Stack: 1}, fragcalc.Block{Size: 512}, fragcalc.Block{Size: 4096})
	c := Compare(before, after)
	want := []Stack{
		{Allocated: Tally{1, 4096}},
		{Calls: backward, Allocated: Tally{1, 1024}},
		{Calls: forward, Freed: Tally{1, 1024}},
	}
	slices.SortFunc(c.Stacks[1:], func(a, b Stack) int { return int(b.Net() - a.Net()) })
	if diff := cmp.Diff(want, c.Stacks); diff != "" {
		t.Errorf("by stack (-want +got):\n%s", diff)
	}
	if c.Kept != (Tally{2, 1024}) {
		t.Errorf("kept %+v", c.Kept)
	}
}

// What is not known on one side is not known of the difference, and says why.
func TestUnknownStaysUnknown(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	seen := heap(r)
	for len(seen.Pools) == 0 {
		seen = heap(r)
	}
	blind := &fragcalc.Process{Figures: fragcalc.UnknownFigures("not instrumented"), AllocRetries: fragcalc.Of[int64](3)}
	seen.AllocRetries = fragcalc.Of[int64](5)
	for name, c := range map[string]struct {
		Comparison
		side string
	}{"before": {Compare(blind, seen), "before: "}, "after": {Compare(seen, blind), "after: "}} {
		if want := c.side + "no walk: not instrumented"; c.NoWalk != want || c.NoBlocks != want || len(c.Pools) > 0 {
			t.Errorf("%s: no walk %q, no blocks %q, %d pools", name, c.NoWalk, c.NoBlocks, len(c.Pools))
		}
		for _, f := range c.Figures {
			by := f.By()
			switch {
			case f.Name == "retries":
				if n, ok := by.Get(); !ok || n != 2 && n != -2 {
					t.Errorf("%s: retries changed by %v", name, n)
				}
			case f.Name == "reserved" && by.Reason() != c.side+"not instrumented":
				t.Errorf("%s: reserved: %q", name, by.Reason())
			case by.Known():
				t.Errorf("%s: %s changed by %d", name, f.Name, by.Or(0))
			}
		}
	}
	if got := Changed(blind, seen); got != nil {
		t.Errorf("changed since nothing: %v", got)
	}
	bare := *seen
	bare.Pools = slices.Clone(seen.Pools)
	bare.Pools[0].Segments = slices.Clone(bare.Pools[0].Segments)
	bare.Pools[0].Segments[0].Blocks = nil
	c := Compare(&bare, seen)
	if c.NoWalk != "" || c.NoBlocks != "before: blocks were not recorded" || c.Allocated.Count+c.Stranded.Count > 0 || len(c.Segments) > 0 {
		t.Errorf("without blocks: %q, %q, %+v", c.NoWalk, c.NoBlocks, c.Totals)
	}
}

// Whatever two walks claim, comparing them ends, and soon.
func FuzzCompareHostile(f *testing.F) {
	f.Add(uint64(1)<<63, int64(-1), int64(1)<<62, int64(1), uint32(7), true)
	f.Add(^uint64(0)-5, int64(10), int64(10), int64(1)<<62, uint32(0), false)
	f.Fuzz(func(_ *testing.T, address uint64, size, first, second int64, state uint32, expandable bool) {
		of := func(shift uint64) *fragcalc.Process {
			var walk []fragcalc.WalkSegment
			for i := range uint64(3) {
				walk = append(walk, fragcalc.WalkSegment{Segment: fragcalc.Segment{Address: address + i*shift, Size: size, Expandable: expandable,
					Blocks: []fragcalc.Block{{Address: address, Size: first, State: fragcalc.BlockState(state), Stack: state}, {Size: second}, {Size: first, State: 1}}}})
			}
			return &fragcalc.Process{Pools: fragcalc.GroupPools(walk)}
		}
		before, after := of(1), of(uint64(size))
		c := Compare(before, after)
		for i := range c.Ranges {
			c.Ranges[i].Beside()
		}
		Changed(before, after)
	})
}
