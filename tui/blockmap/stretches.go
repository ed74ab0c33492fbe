package blockmap

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Pages of expandable segments, which PyTorch maps and unmaps as wholes.
const (
	smallPage = 2 << 20
	largePage = 20 << 20
)

// Stretch is a part of a segment in one state, up to an offset from its start.
// It begins where the one before it ends.
type Stretch struct {
	End   int64
	State paint.Role
}

// Sizes are bytes by state, from paint.Used on.
type Sizes = [paint.StateCount]int64

// Stretches appends the stretches of a segment, in address order; together they
// are the segment. What of a free stretch could be handed back follows
// fragcalc.Measure: all of a segment that is wholly free, and of expandable
// segments the whole pages inside.
func Stretches(out []Stretch, pool fragcalc.PoolID, segment *fragcalc.Segment, settings fragcalc.AllocatorSettings) []Stretch {
	c := cutter{out: out, first: len(out), size: segment.Size}
	page := pageOf(pool, settings)
	var at, idle int64 // offsets: of the block, and of the end of the last one that is not free
	for i := range segment.Blocks {
		block := &segment.Blocks[i]
		end := at + block.Size
		if block.State == fragcalc.BlockFree {
			at = end
			continue
		}
		c.free(pool, segment, idle, at, page)
		state := paint.Used
		if block.State == fragcalc.BlockPending {
			state = paint.Pending
		}
		c.to(at+min(max(block.Requested, 0), block.Size), state)
		c.to(end, paint.Rounding)
		at, idle = end, end
	}
	c.free(pool, segment, idle, at, page)
	c.to(segment.Size, paint.Unseen) // all of it where blocks were not recorded
	return c.out
}

// cutter cuts one segment into stretches, from its start on.
type cutter struct {
	out   []Stretch
	first int // of this segment
	size  int64
}

// to goes on up to an offset in a state.
func (c *cutter) to(end int64, state paint.Role) {
	end = min(end, c.size)
	at, last := int64(0), len(c.out)-1
	if last >= c.first {
		at = c.out[last].End
	}
	switch {
	case end <= at:
	case last >= c.first && c.out[last].State == state:
		c.out[last].End = end
	default:
		c.out = append(c.out, Stretch{end, state})
	}
}

// free goes on over a free range, given by offsets.
func (c *cutter) free(pool fragcalc.PoolID, segment *fragcalc.Segment, from, to, page int64) {
	switch {
	case from == to:
	case pool.IsPrivate():
		c.to(to, paint.Parked)
	case segment.Expandable:
		if first, last := (from+page-1)/page*page, to/page*page; first < last {
			c.to(first, paint.Stranded)
			c.to(last, paint.Releasable)
		}
		c.to(to, paint.Stranded)
	case to-from == segment.Size:
		c.to(to, paint.Releasable)
	default:
		c.to(to, paint.Stranded)
	}
}

func pageOf(pool fragcalc.PoolID, settings fragcalc.AllocatorSettings) int64 {
	switch {
	case pool.Small:
		return smallPage
	case settings.LargeSegmentBytes > 0:
		return settings.LargeSegmentBytes
	default:
		return largePage
	}
}

// SizesOf is what a segment is in.
func SizesOf(stretches []Stretch) Sizes {
	var sizes Sizes
	at := int64(0)
	for _, s := range stretches {
		sizes[s.State-paint.Used] += s.End - at
		at = s.End
	}
	return sizes
}

// BlockSizes is what each block of a segment is in.
func BlockSizes(pool fragcalc.PoolID, segment *fragcalc.Segment, settings fragcalc.AllocatorSettings) []Sizes {
	stretches := Stretches(nil, pool, segment, settings)
	blocks := make([]Sizes, len(segment.Blocks))
	at, end := int64(0), int64(0)
	for i := range blocks {
		end += segment.Blocks[i].Size
		for len(stretches) > 0 && at < end {
			to := min(end, stretches[0].End)
			blocks[i][stretches[0].State-paint.Used] += to - at
			if at = to; at == stretches[0].End {
				stretches = stretches[1:]
			}
		}
	}
	return blocks
}
