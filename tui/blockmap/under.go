package blockmap

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Under is what lies under the cursor.
type Under struct {
	Pool    *fragcalc.Pool
	Segment *fragcalc.Segment
	Sizes   Sizes           // of the segment
	Block   *fragcalc.Block // nil where blocks were not recorded
	Before  *fragcalc.Block // its neighbours, nil at the segment's ends
	After   *fragcalc.Block
	Inside  Sizes      // of the block
	State   paint.Role // of the byte
}

// Under tells what lies under the cursor; false where there is nothing.
func (m *Map) Under() (Under, bool) {
	if m.index.Empty() {
		return Under{}, false
	}
	strip, offset := m.index.find(m.Cursor)
	s := &m.index.strips[strip]
	u := Under{
		Pool:    m.index.Groups[s.group].Pool,
		Segment: s.segment,
		Sizes:   SizesOf(m.index.stretches[s.first:s.last]),
		State:   m.index.stretches[m.index.stretchAt(strip, offset)].State,
	}
	i := m.index.blockAt(strip, offset)
	if i < 0 {
		return u, true
	}
	blocks := s.segment.Blocks
	u.Block = &blocks[i]
	if i > 0 {
		u.Before = &blocks[i-1]
	}
	if i+1 < len(blocks) {
		u.After = &blocks[i+1]
	}
	start := int64(u.Block.Address - s.segment.Address)
	var inside mix
	m.index.add(&inside, strip, start, min(start+u.Block.Size, s.segment.Size), -1)
	u.Inside = inside.sizes
	return u, true
}
