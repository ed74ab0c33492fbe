package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/blockmap"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

type segmentRow struct {
	*fragcalc.Segment
	sizes     sizes
	largest   int64 // largest free block
	live      int   // used and pending blocks
	stretches func() []blockmap.Stretch
}

// newSegmentRow adds a segment up.
func newSegmentRow(segment *fragcalc.Segment, pool fragcalc.PoolID, settings fragcalc.AllocatorSettings) segmentRow {
	row := segmentRow{Segment: segment}
	row.stretches = func() []blockmap.Stretch { return blockmap.Stretches(nil, pool, segment, settings) }
	row.sizes = sizes(blockmap.SizesOf(row.stretches()))
	for i := range segment.Blocks {
		if block := &segment.Blocks[i]; block.State == fragcalc.BlockFree {
			row.largest = max(row.largest, block.Size)
		} else {
			row.live++
		}
	}
	return row
}

func segmentColumns() []column[segmentRow] {
	sized := func(title string, width, rank int, figure func(*segmentRow) int64) column[segmentRow] {
		return column[segmentRow]{title: title, width: width, size: true, rank: rank, right: true,
			text: func(l *look, r *segmentRow) (string, paint.Role) {
				n := figure(r)
				if n == 0 {
					return l.bytes(n), paint.Muted
				}
				return l.bytes(n), paint.Text
			}}
	}
	state := func(title string, width, rank int, state paint.Role) column[segmentRow] {
		return sized(title, width, rank, func(r *segmentRow) int64 { return r.sizes.of(state) })
	}
	return []column[segmentRow]{
		{title: "SEGMENT", width: 14, text: func(_ *look, r *segmentRow) (string, paint.Role) {
			return hex(r.Address), paint.Text
		}},
		sized("SIZE", 6, 1, func(r *segmentRow) int64 { return r.Size }),
		sized("USED", 6, 3, func(r *segmentRow) int64 { return r.sizes.of(paint.Used) + r.sizes.of(paint.Rounding) }),
		state("ROUNDING", 8, 9, paint.Rounding),
		state("PENDING", 7, 8, paint.Pending),
		state("STRANDED", 8, 2, paint.Stranded),
		state("RELSBL", 6, 6, paint.Releasable),
		state("PARKED", 6, 10, paint.Parked),
		sized("LARGEST", 7, 5, func(r *segmentRow) int64 { return r.largest }),
		{title: "LIVE", width: 5, rank: 7, right: true, text: func(_ *look, r *segmentRow) (string, paint.Role) {
			return strconv.Itoa(r.live), paint.Text
		}},
		{title: "MAP", width: 8, flex: true, rank: 4, draw: drawStrip},
	}
}

// drawStrip draws the whole segment on the width of the column.
func drawStrip(l *look, line *paint.Line, r *segmentRow, width int) {
	end := line.Width() + width
	blockmap.Draw(line, l.glyphs, blockmap.Strip(nil, r.stretches(), width))
	line.PadTo(end)
}
