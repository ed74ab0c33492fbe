package stacks

import (
	"math/rand/v2"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const mib = int64(1) << 20

// random is a process with stacks, of which some have the same own frames, some
// none, and some blocks none at all.
func random(seed uint64) (fragcalc.Stacks, []fragcalc.Pool, fragcalc.AllocatorSettings) {
	r := rand.New(rand.NewPCG(seed, 1))
	var all fragcalc.Stacks
	for i := range 1 + r.IntN(12) {
		stack := fragcalc.Stack{{File: "/v/site-packages/torch/a.py", Line: i, Function: "call"}}
		if r.IntN(4) > 0 {
			stack = append(stack, fragcalc.Frame{File: "/home/a/model.py", Line: r.IntN(3), Function: "forward"})
		}
		all = append(all, stack)
	}
	address := uint64(1) << 40
	var walk []fragcalc.WalkSegment
	for range 1 + r.IntN(20) {
		id := fragcalc.PoolID{Small: r.IntN(3) == 0, Stream: uint64(r.IntN(2))}
		if r.IntN(8) == 0 {
			id.Private = [2]uint64{0, 1}
		}
		page := 20 * mib
		if id.Small {
			page = 2 * mib
		}
		s := fragcalc.Segment{Address: address, Size: page * (1 + r.Int64N(4)), Expandable: r.IntN(2) == 0}
		for at := int64(0); at < s.Size; {
			size := min((1+r.Int64N(2*page/512))*512, s.Size-at)
			b := fragcalc.Block{Address: address + uint64(at), Size: size, Stack: uint32(r.IntN(len(all) + 2))}
			if last := len(s.Blocks) - 1; r.IntN(2) == 0 && (last < 0 || s.Blocks[last].State != fragcalc.BlockFree) {
				b.State = fragcalc.BlockFree
			} else {
				b.State, b.Requested = fragcalc.BlockUsed+fragcalc.BlockState(r.IntN(2)), size-r.Int64N(512)
			}
			s.Blocks = append(s.Blocks, b)
			at += size
		}
		walk = append(walk, fragcalc.WalkSegment{PoolID: id, Segment: s})
		address += uint64(s.Size + 512*mib)
	}
	return all, fragcalc.GroupPools(walk), fragcalc.AllocatorSettings{}
}

func TestSumsAreThoseOfTheProcess(t *testing.T) {
	for seed := range uint64(500) {
		all, pools, settings := random(seed)
		figures := fragcalc.Measure(pools, settings)
		index := NewIndex(all)
		for _, by := range []Key{ByOwn, ByStack, ByOwn} {
			report := index.Group(pools, settings, by)
			var sum Group
			for _, g := range report.Groups {
				sum.Bytes += g.Bytes
				sum.Requested += g.Requested
				sum.Blocks += g.Blocks
				sum.Alone += g.Alone
				if g.Alone > g.Held || g.HeldAlone > g.HeldSegments || g.HeldSegments > g.Segments || g.Stacks < 1 {
					t.Fatalf("seed %d: %+v", seed, g)
				}
			}
			live := figures.Used.Or(-1) + figures.Pending.Or(-1)
			if sum.Bytes != live || report.Bytes != live || sum.Blocks != report.Blocks ||
				sum.Requested != figures.Requested.Or(-1) || report.Requested != sum.Requested {
				t.Fatalf("seed %d: %+v, live %d, requested %d", seed, sum, live, figures.Requested.Or(-1))
			}
			if report.Stranded != figures.Stranded.Or(-1) || sum.Alone+report.Together+report.Unheld != report.Stranded {
				t.Fatalf("seed %d: alone %d, together %d, unheld %d, stranded %d of %d",
					seed, sum.Alone, report.Together, report.Unheld, report.Stranded, figures.Stranded.Or(-1))
			}
		}
	}
}

// What a group holds alone, a release would return if the group were freed.
func TestAloneIsWhatFreeingTheGroupGivesBack(t *testing.T) {
	checked := 0
	for seed := range uint64(150) {
		all, pools, settings := random(seed)
		index := NewIndex(all)
		before := fragcalc.Measure(pools, settings)
		for _, g := range index.Group(pools, settings, ByOwn).Groups {
			gone := func(b *fragcalc.Block) bool {
				return b.State != fragcalc.BlockFree && index.key(b.Stack, ByOwn) == index.key(g.Stack, ByOwn)
			}
			after := fragcalc.Measure(without(pools, gone), settings)
			if gained := after.Releasable.Or(0) - before.Releasable.Or(0); gained < g.Alone {
				t.Fatalf("seed %d: %s holds %d alone, freeing it gives %d back", seed, index.Name(g.Stack), g.Alone, gained)
			}
			if g.Alone > 0 {
				checked++
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d groups held something alone", checked)
	}
}

// without frees blocks, and merges what is free then.
func without(pools []fragcalc.Pool, gone func(*fragcalc.Block) bool) []fragcalc.Pool {
	var walk []fragcalc.WalkSegment
	for _, pool := range pools {
		for _, segment := range pool.Segments {
			var blocks []fragcalc.Block
			for _, b := range segment.Blocks {
				if gone(&b) {
					b.State, b.Requested = fragcalc.BlockFree, 0
				}
				if last := len(blocks) - 1; b.State == fragcalc.BlockFree && last >= 0 && blocks[last].State == fragcalc.BlockFree {
					blocks[last].Size += b.Size
					continue
				}
				blocks = append(blocks, b)
			}
			segment.Blocks = blocks
			walk = append(walk, fragcalc.WalkSegment{PoolID: pool.PoolID, Segment: segment})
		}
	}
	return fragcalc.GroupPools(walk)
}

// The same again, the slow way: what each group holds of each segment of
// ordinary memory.
func TestGroupsAgainstTheDefinition(t *testing.T) {
	for seed := range uint64(300) {
		all, pools, settings := random(seed)
		for i := range pools {
			for j := range pools[i].Segments {
				pools[i].Segments[j].Expandable = false
			}
		}
		index := NewIndex(all)
		type sums struct {
			blocks, segments   int
			bytes, alone, held int64
		}
		want := map[uint32]*sums{}
		for _, pool := range pools {
			for _, segment := range pool.Segments {
				var free int64
				in := map[uint32]bool{}
				for _, b := range segment.Blocks {
					if b.State == fragcalc.BlockFree {
						free += b.Size
						continue
					}
					key := index.key(b.Stack, ByOwn)
					if want[key] == nil {
						want[key] = &sums{}
					}
					want[key].blocks++
					want[key].bytes += b.Size
					in[key] = true
				}
				if pool.IsPrivate() {
					free = 0
				}
				for key := range in {
					want[key].segments++
					want[key].held += free
					if len(in) == 1 {
						want[key].alone += free
					}
				}
			}
		}
		groups := index.Group(pools, settings, ByOwn).Groups
		for _, g := range groups {
			if got := (sums{g.Blocks, g.Segments, g.Bytes, g.Alone, g.Held}); want[index.key(g.Stack, ByOwn)] == nil || got != *want[index.key(g.Stack, ByOwn)] {
				t.Fatalf("seed %d: %+v, want %+v", seed, got, want[index.key(g.Stack, ByOwn)])
			}
		}
		if len(groups) != len(want) {
			t.Fatalf("seed %d: %d groups, want %d", seed, len(groups), len(want))
		}
	}
}

func TestWorstIsAPlaceToLookAt(t *testing.T) {
	for seed := range uint64(200) {
		all, pools, settings := random(seed)
		for i := range pools {
			for j := range pools[i].Segments {
				pools[i].Segments[j].Expandable = false
			}
		}
		index := NewIndex(all)
		for _, g := range index.Group(pools, settings, ByOwn).Groups {
			found := false
			for _, pool := range pools {
				for _, segment := range pool.Segments {
					alone, free, mine := true, int64(0), false
					for _, b := range segment.Blocks {
						switch {
						case b.State == fragcalc.BlockFree:
							free += b.Size
						case index.key(b.Stack, ByOwn) == index.key(g.Stack, ByOwn):
							mine = true
							found = found || pool.PoolID == g.Worst.Pool && segment.Address == g.Worst.Segment && b.Address == g.Worst.Block
						default:
							alone = false
						}
					}
					if mine && !pool.IsPrivate() && alone == g.Worst.Alone && free > g.Worst.Stranded || mine && alone && free > 0 && !pool.IsPrivate() && !g.Worst.Alone {
						t.Fatalf("seed %d: %+v, but %d of %x are stranded", seed, g.Worst, free, segment.Address)
					}
				}
			}
			if !found {
				t.Fatalf("seed %d: none of its blocks is at %+v", seed, g.Worst)
			}
		}
	}
}

func TestGrouping(t *testing.T) {
	own := fragcalc.Frame{File: "/a/train.py", Line: 88, Function: "log_metrics"}
	lib := func(line int) fragcalc.Frame {
		return fragcalc.Frame{File: "/v/site-packages/torch/t.py", Line: line, Function: "clone"}
	}
	all := fragcalc.Stacks{{lib(1), own}, {lib(2), own}, {lib(3)}, {}}
	pools := []fragcalc.Pool{{Segments: []fragcalc.Segment{
		{Address: 100 << 20, Size: 20 * mib, Blocks: []fragcalc.Block{
			{Address: 100 << 20, Size: mib, State: fragcalc.BlockUsed, Stack: 1},
			{Address: 101 << 20, Size: 18 * mib, Stack: 3}, // what a file says of free blocks is stale
			{Address: 119 << 20, Size: mib, State: fragcalc.BlockPending, Stack: 2},
		}},
		{Address: 200 << 20, Size: 20 * mib, Blocks: []fragcalc.Block{
			{Address: 200 << 20, Size: 2 * mib, State: fragcalc.BlockUsed, Stack: 3},
			{Address: 202 << 20, Size: 2 * mib, State: fragcalc.BlockUsed, Stack: 4},
			{Address: 204 << 20, Size: 3 * mib, State: fragcalc.BlockUsed, Stack: 99},
			{Address: 207 << 20, Size: 13 * mib},
		}},
	}}}
	index := NewIndex(all)
	report := index.Group(pools, fragcalc.AllocatorSettings{}, ByOwn)
	if len(report.Groups) != 3 || report.Stranded != 31*mib || report.Together != 13*mib {
		t.Fatalf("%+v", report)
	}
	first, second := report.Groups[0], report.Groups[1]
	if index.Name(first.Stack) != "train.py:88 log_metrics" || first.Alone != 18*mib || first.Stacks != 2 || first.Blocks != 2 ||
		first.Worst.Segment != 100<<20 || !first.Worst.Alone || first.HeldAlone != 1 {
		t.Errorf("%+v", first)
	}
	if second.Stack != 0 || index.Name(second.Stack) != None || second.Blocks != 2 || second.Held != 13*mib || second.Alone != 0 ||
		second.Worst.Block != 204<<20 {
		t.Errorf("%+v", second)
	}
	if whole := index.Group(pools, fragcalc.AllocatorSettings{}, ByStack); len(whole.Groups) != 4 || whole.Together != 31*mib {
		t.Errorf("%+v", whole)
	}
	if h, ok := index.Holder(&pools[0].Segments[1], ByOwn); !ok || h.Stack != 0 || h.Bytes != 5*mib || h.Others != 1 {
		t.Errorf("%+v", h)
	}
	if _, ok := index.Holder(&fragcalc.Segment{Size: mib}, ByOwn); ok {
		t.Error("nothing holds a segment of which nothing is known")
	}
	if !index.Of(all) || index.Of(all[:1]) || !index.Known() || NewIndex(nil).Known() {
		t.Error("the index does not know its stacks")
	}
}

// large is 100,000 blocks with 10,000 stacks of 30 frames.
func large() (fragcalc.Stacks, []fragcalc.Pool) {
	r := rand.New(rand.NewPCG(1, 1))
	var all fragcalc.Stacks
	for i := range 10_000 {
		var stack fragcalc.Stack
		for j := range 30 {
			f := fragcalc.Frame{File: "/home/alice/venv/lib/python3.11/site-packages/torch/nn/modules/module.py", Line: j, Function: "_call_impl"}
			if j%6 == 5 {
				f = fragcalc.Frame{File: "/home/alice/lm/model.py", Line: i % 997 * j, Function: "forward"}
			}
			stack = append(stack, f)
		}
		all = append(all, stack)
	}
	var walk []fragcalc.WalkSegment
	for i := range 1000 {
		address := uint64(i+1) << 32
		s := fragcalc.Segment{Address: address, Size: 100 * mib, Expandable: i%2 == 0}
		for j := range 100 {
			s.Blocks = append(s.Blocks, fragcalc.Block{Address: address + uint64(int64(j)*mib), Size: mib,
				State: fragcalc.BlockState(j % 2), Stack: uint32(1 + r.IntN(len(all)))})
		}
		walk = append(walk, fragcalc.WalkSegment{Segment: s})
	}
	return all, fragcalc.GroupPools(walk)
}

func BenchmarkGroup(b *testing.B) {
	all, pools := large()
	for name, by := range map[string]Key{"own": ByOwn, "stack": ByStack} {
		b.Run(name, func(b *testing.B) {
			index := NewIndex(all)
			index.Group(pools, fragcalc.AllocatorSettings{}, by)
			b.ReportAllocs()
			for b.Loop() {
				index.Group(pools, fragcalc.AllocatorSettings{}, by)
			}
		})
	}
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewIndex(all).Group(pools, fragcalc.AllocatorSettings{}, ByOwn)
		}
	})
}

func BenchmarkHolders(b *testing.B) {
	all, pools := large()
	index := NewIndex(all)
	b.ReportAllocs()
	for b.Loop() {
		for i := range pools[0].Segments {
			index.Holder(&pools[0].Segments[i], ByOwn)
		}
	}
}
