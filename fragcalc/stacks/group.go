package stacks

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Group are the live blocks, used and pending, of stacks that count as one.
type Group struct {
	Key       uint32 // tells it from others, for as long as the Index lives
	Stack     uint32 // of its largest block; 0 = no stack recorded
	Stacks    int    // how many it has
	Blocks    int
	Bytes     int64 // of its blocks
	Requested int64 // bytes that the program asked for
	Segments  int   // in which it has blocks
	// Alone is the stranded bytes that nothing else holds: those of the pieces
	// (fragcalc.Piece: a segment, or a page of an expandable one) in which all
	// live blocks are its own. With its blocks gone they could go back.
	Alone int64
	// Held is the stranded bytes of all pieces in which it has a live block,
	// Alone among them. What several hold counts for each: never add Held up.
	Held int64
	// HeldAlone and HeldSegments are the segments that those pieces lie in.
	HeldAlone, HeldSegments int
	Worst                   Hold
}

// Hold is a place to look at: of the pieces with stranded bytes that a group
// holds alone the one with most, of those that it holds with others where there
// is none, and its largest block where there is neither.
type Hold struct {
	Pool     fragcalc.PoolID
	Segment  uint64 // address
	Block    uint64 // address: the largest block of the group there
	Stranded int64
	Alone    bool
}

// Report is live memory by the stack that allocated it.
type Report struct {
	Groups    []Group // those that hold most alone first
	Blocks    int
	Bytes     int64 // used + pending
	Requested int64
	// Stranded = the Alone of all groups + Together + Unheld, over all segments
	// whose blocks are known.
	Stranded int64
	Together int64 // in pieces with blocks of several groups
	Unheld   int64 // in pieces without a live block: bytes that a release leaves all the same
}

// Group groups the live blocks of pools.
func (x *Index) Group(pools []fragcalc.Pool, settings fragcalc.AllocatorSettings, by Key) Report {
	g := x.begin(by, make([]member, 0, x.last[by]))
	for i := range pools {
		for j := range pools[i].Segments {
			g.blocks(pools[i].PoolID, &pools[i].Segments[j])
		}
	}
	for i := range pools {
		g.pieces(&pools[i], settings)
	}
	g.end()
	x.last[by] = len(g.members)
	order := make([]int, len(g.members))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := &g.members[i].Group, &g.members[j].Group
		return cmp.Or(cmp.Compare(b.Alone, a.Alone), cmp.Compare(b.Held, a.Held), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Stack, b.Stack))
	})
	g.report.Groups = make([]Group, len(order))
	for i, from := range order {
		g.report.Groups[i] = g.members[from].Group
	}
	return g.report
}

// Holder is what has the most live bytes of a segment.
type Holder struct {
	Stack  uint32
	Bytes  int64
	Blocks int
	Others int // how many other groups have live blocks there
}

// Holder finds the group with the most live bytes of a segment; false where it
// has none.
func (x *Index) Holder(segment *fragcalc.Segment, by Key) (Holder, bool) {
	g := x.begin(by, x.members[:0])
	g.blocks(fragcalc.PoolID{}, segment)
	g.end()
	x.members = g.members
	if len(g.members) == 0 {
		return Holder{}, false
	}
	most := &g.members[0]
	for i := range g.members {
		if m := &g.members[i]; m.Bytes > most.Bytes || m.Bytes == most.Bytes && m.Stack < most.Stack {
			most = m
		}
	}
	return Holder{Stack: most.Stack, Bytes: most.Bytes, Blocks: most.Blocks, Others: len(g.members) - 1}, true
}
