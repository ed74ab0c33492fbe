package change

import "github.com/gpufragtop/gpufragtop/fragcalc"

// eachBlock goes through the used blocks of a pool at both moments, in address
// order: one that was freed comes with nil for what it is now, one that was
// allocated with nil for what it was, and one that was kept with both. at is
// the block's address.
func eachBlock(before, after []fragcalc.Segment, same func(was, is *fragcalc.Block) bool, each func(at uint64, was, is *fragcalc.Block)) {
	was, is := blocksOf(before), blocksOf(after)
	for was.block != nil || is.block != nil {
		switch {
		case is.block == nil || was.block != nil && was.at < is.at:
			each(was.at, was.block, nil)
			was.next()
		case was.block == nil || is.at < was.at:
			each(is.at, nil, is.block)
			is.next()
		default:
			if same(was.block, is.block) {
				each(is.at, was.block, is.block)
			} else {
				each(was.at, was.block, nil)
				each(is.at, nil, is.block)
			}
			was.next()
			is.next()
		}
	}
}

// blockCursor stands on a used block.
type blockCursor struct {
	segments []fragcalc.Segment
	i        int             // of the next block
	end      uint64          // address of the next block
	begun    bool            // the first segment is
	at       uint64          // address of the block
	block    *fragcalc.Block // nil at the end
}

func blocksOf(segments []fragcalc.Segment) blockCursor {
	c := blockCursor{segments: segments}
	c.next()
	return c
}

func (c *blockCursor) next() {
	for ; len(c.segments) > 0; c.segments, c.i, c.begun = c.segments[1:], 0, false {
		s := &c.segments[0]
		if !c.begun {
			c.begun, c.end = true, s.Address
		}
		for c.i < len(s.Blocks) {
			b := &s.Blocks[c.i]
			c.i++
			at := c.end
			c.end += uint64(b.Size)
			if b.State == fragcalc.BlockUsed {
				c.at, c.block = at, b
				return
			}
		}
	}
	c.block = nil
}
