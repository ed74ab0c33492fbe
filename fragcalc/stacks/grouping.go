package stacks

import "github.com/gpufragtop/gpufragtop/fragcalc"

// grouping is a Report under way.
type grouping struct {
	index   *Index
	by      Key
	members []member
	report  Report
	segment int     // segments begun
	piece   int     // pieces begun
	in      []int32 // members with blocks in the piece
}

// member is a Group under way.
type member struct {
	Group
	stack   uint32 // last seen
	largest int64  // bytes of its largest block
	segment int    // last seen in
	piece   int    // last seen in
	best    uint64 // address of its largest block in that piece
	most    int64  // and that block's size
	held    int    // segment last counted in HeldSegments
	alone   int    // and in HeldAlone
}

func (x *Index) begin(by Key, members []member) *grouping {
	x.groupings++
	return &grouping{index: x, by: by, members: members}
}

// end leaves the index as it was.
func (g *grouping) end() {
	for i := range g.members {
		g.index.slots[g.members[i].Key] = -1
	}
}

// slot is the place of a block's group.
func (g *grouping) slot(b *fragcalc.Block) int32 {
	key := g.index.key(b.Stack, g.by)
	if at := g.index.slots[key]; at >= 0 {
		return at
	}
	at := int32(len(g.members))
	g.members = append(g.members, member{Group: Group{Key: key}})
	g.index.slots[key] = at
	return at
}

// blocks adds the live blocks of a segment up.
func (g *grouping) blocks(pool fragcalc.PoolID, segment *fragcalc.Segment) {
	g.segment++
	for i := range segment.Blocks {
		b := &segment.Blocks[i]
		if b.State == fragcalc.BlockFree {
			continue
		}
		m := &g.members[g.slot(b)]
		m.Blocks++
		m.Bytes += b.Size
		m.Requested += b.Requested
		if m.segment != g.segment {
			m.segment = g.segment
			m.Segments++
		}
		if m.stack != b.Stack || m.Stacks == 0 {
			g.count(m, b.Stack)
		}
		if b.Size > m.largest || m.Blocks == 1 {
			if m.Key != 0 {
				m.Stack = b.Stack
			}
			m.largest = b.Size
			m.Worst = Hold{Pool: pool, Segment: segment.Address, Block: b.Address}
		}
		g.report.Blocks++
		g.report.Bytes += b.Size
		g.report.Requested += b.Requested
	}
}

// count counts a stack of a group, if it is another.
func (g *grouping) count(m *member, stack uint32) {
	m.stack = stack
	if m.Key == 0 {
		m.Stacks = 1
		return
	}
	if counted := &g.index.counted[stack]; *counted != g.index.groupings {
		*counted = g.index.groupings
		m.Stacks++
	}
}

// pieces adds up what the groups hold in a pool.
func (g *grouping) pieces(pool *fragcalc.Pool, settings fragcalc.AllocatorSettings) {
	before := g.segment // segments are counted on, so that no two have one number
	g.segment += len(pool.Segments)
	pool.Pieces(settings, func(at int, piece fragcalc.Piece) {
		segment := &pool.Segments[at]
		g.piece++
		g.in = g.in[:0]
		for i := piece.First; i <= piece.Last; i++ {
			b := &segment.Blocks[i]
			if b.State == fragcalc.BlockFree {
				continue
			}
			slot := g.slot(b)
			m := &g.members[slot]
			if m.piece != g.piece {
				m.piece, m.best, m.most = g.piece, b.Address, b.Size
				g.in = append(g.in, slot)
			} else if b.Size > m.most {
				m.best, m.most = b.Address, b.Size
			}
		}
		g.report.Stranded += piece.Stranded
		switch len(g.in) {
		case 0:
			g.report.Unheld += piece.Stranded
		case 1:
		default:
			g.report.Together += piece.Stranded
		}
		for _, slot := range g.in {
			m := &g.members[slot]
			m.hold(before+1+at, piece.Stranded, len(g.in) == 1)
			if m.worse(piece.Stranded, len(g.in) == 1) {
				m.Worst = Hold{Pool: pool.PoolID, Segment: segment.Address, Block: m.best, Stranded: piece.Stranded, Alone: len(g.in) == 1}
			}
		}
	})
}

// hold adds a piece of a segment.
func (m *member) hold(segment int, stranded int64, alone bool) {
	m.Held += stranded
	if m.held != segment {
		m.held = segment
		m.HeldSegments++
	}
	if !alone {
		return
	}
	m.Alone += stranded
	if m.alone != segment {
		m.alone = segment
		m.HeldAlone++
	}
}

// worse tells whether a piece is the place to look at rather than the one that
// is so far.
func (m *member) worse(stranded int64, alone bool) bool {
	if alone != m.Worst.Alone {
		return alone
	}
	return stranded > m.Worst.Stranded
}
