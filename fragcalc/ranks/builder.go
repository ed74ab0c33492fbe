package ranks

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// builder makes one group.
type builder struct {
	rows  []fragcalc.Process
	group Group
	at    map[fragcalc.ProcessID]int // place of each member
	gpus  map[string]bool
}

func (b *builder) add(row int) {
	p, g := &b.rows[row], &b.group
	place, known := b.at[p.ProcessID]
	if !known {
		place = len(g.Members)
		b.at[p.ProcessID] = place
		g.Members = append(g.Members, Member{ProcessID: p.ProcessID, Rank: p.Task.Rank, Why: whyNot(p)})
	}
	m := &g.Members[place]
	m.Rows = append(m.Rows, row)
	if p.Instrumented {
		m.Instrumented, m.Why = true, ""
	}
	if b.gpus == nil {
		b.gpus = map[string]bool{}
	}
	if p.GPUUUID != "" {
		b.gpus[p.GPUUUID] = true
	}
	if world, ok := p.Task.World.Get(); ok && world > g.World.Or(0) || !g.World.Known() {
		g.World = p.Task.World
	}
	g.GPUMemory.add(p.GPUMemory)
	g.Reserved.add(p.Reserved)
	g.Used.add(p.Used)
	g.Stranded.add(p.Stranded)
	g.Releasable.add(p.Releasable)
}

// whyNot says in a few words why nothing is known of the inside of a process.
func whyNot(p *fragcalc.Process) string {
	switch why := p.Reserved.Reason(); why {
	case "not instrumented":
		return "started without gpufragtop run"
	default:
		return why
	}
}

func (b *builder) finish() Group {
	g := &b.group
	g.GPUs = len(b.gpus)
	slices.SortFunc(g.Members, func(a, b Member) int {
		return cmp.Or(
			cmp.Compare(a.Rank.Or(MostRanks+1), b.Rank.Or(MostRanks+1)),
			cmp.Compare(a.PID, b.PID), cmp.Compare(a.StartTicks, b.StartTicks),
		)
	})
	world, ok := g.World.Get()
	seen := g.ranks(func(Member) bool { return true })
	if !ok || len(seen) == 0 {
		return *g
	}
	missing := gaps(Range{0, world - 1}, seen)
	if len(missing) == 0 {
		return *g
	}
	local, ok := b.local(world)
	if !ok {
		g.Unplaced = missing
		return *g
	}
	for _, r := range local {
		g.Unseen = append(g.Unseen, gaps(r, seen)...)
	}
	g.Elsewhere = gaps(Range{0, world - 1}, merge(append(slices.Clone(seen), local...)))
	return *g
}

// ranks are the ranks of some members.
func (g *Group) ranks(of func(Member) bool) []Range {
	var ranks []int
	for _, m := range g.Members {
		if rank, ok := m.Rank.Get(); ok && of(m) {
			ranks = append(ranks, rank)
		}
	}
	slices.Sort(ranks)
	return runs(slices.Compact(ranks))
}

// local are the ranks that live on this node. That is known where the launchers
// say how many they started and the ranks of each follow one another.
func (b *builder) local(world int) ([]Range, bool) {
	blocks := map[Range]int{}
	for _, m := range b.group.Members {
		task := &b.rows[m.Rows[0]].Task
		rank, ok := task.Rank.Get()
		if !ok {
			continue
		}
		size, ok := task.LocalWorld.Get()
		if ok && size >= world {
			return []Range{{0, world - 1}}, true
		}
		at, placed := task.LocalRank.Get()
		if !ok || !placed || at >= size || at > rank {
			return nil, false
		}
		blocks[Range{rank - at, min(rank-at+size, world) - 1}]++
	}
	ranges := make([]Range, 0, len(blocks))
	for block := range blocks {
		ranges = append(ranges, block)
	}
	slices.SortFunc(ranges, func(a, b Range) int { return cmp.Compare(a.First, b.First) })
	for i := 1; i < len(ranges); i++ {
		if ranges[i].First <= ranges[i-1].Last {
			return nil, false // dealt out in turn: the ranks of a node do not follow one another
		}
	}
	return ranges, len(ranges) > 0
}

// merge makes sorted ranges of any.
func merge(ranges []Range) []Range {
	slices.SortFunc(ranges, func(a, b Range) int { return cmp.Compare(a.First, b.First) })
	merged := ranges[:0]
	for _, r := range ranges {
		if n := len(merged); n > 0 && r.First <= merged[n-1].Last+1 {
			merged[n-1].Last = max(merged[n-1].Last, r.Last)
			continue
		}
		merged = append(merged, r)
	}
	return merged
}
