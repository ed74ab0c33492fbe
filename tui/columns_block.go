package tui

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/blockmap"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

type blockRow struct {
	*fragcalc.Block
	offset int64
	sizes  sizes
}

// blockRows are the blocks of a segment.
func blockRows(pool fragcalc.PoolID, segment *fragcalc.Segment, settings fragcalc.AllocatorSettings) []blockRow {
	rows := make([]blockRow, len(segment.Blocks))
	for i, inside := range blockmap.BlockSizes(pool, segment, settings) {
		block := &segment.Blocks[i]
		rows[i] = blockRow{Block: block, offset: int64(block.Address - segment.Address), sizes: sizes(inside)}
	}
	return rows
}

// state is the state that most of the block is in, and its words.
func (r *blockRow) state() (string, paint.Role) {
	switch {
	case r.State == fragcalc.BlockUsed:
		return "used", paint.Used
	case r.State == fragcalc.BlockPending:
		return "pending", paint.Pending
	case r.sizes.of(paint.Parked) > 0:
		return "parked", paint.Parked
	case r.sizes.of(paint.Releasable) == 0:
		return "stranded", paint.Stranded
	case r.sizes.of(paint.Stranded) == 0:
		return "releasable", paint.Releasable
	default:
		return "releasable in part", paint.Releasable
	}
}

func blockColumns() []column[blockRow] {
	sized := func(title string, rank int, figure func(*blockRow) (int64, bool)) column[blockRow] {
		return column[blockRow]{title: title, width: 9, size: true, rank: rank, right: true,
			text: func(l *look, r *blockRow) (string, paint.Role) {
				if n, ok := figure(r); ok {
					return l.bytes(n), paint.Text
				}
				return "", paint.Muted
			}}
	}
	live := func(r *blockRow) bool { return r.State != fragcalc.BlockFree }
	return []column[blockRow]{
		{title: "BLOCK", width: 14, text: func(_ *look, r *blockRow) (string, paint.Role) {
			return hex(r.Address), paint.Text
		}},
		sized("OFFSET", 4, func(r *blockRow) (int64, bool) { return r.offset, true }),
		sized("SIZE", 1, func(r *blockRow) (int64, bool) { return r.Size, true }),
		sized("REQUESTED", 2, func(r *blockRow) (int64, bool) { return r.Requested, live(r) }),
		sized("ROUNDING", 3, func(r *blockRow) (int64, bool) { return r.sizes.of(paint.Rounding), live(r) }),
		{title: "STATE", width: 8, flex: true, draw: drawState},
	}
}

func drawState(l *look, line *paint.Line, r *blockRow, width int) {
	name, role := r.state()
	end := line.Width() + width
	line.Repeat(role, l.glyphs.Of(role), 1)
	l.fit(line, paint.Text, " "+name, max(end-line.Width(), 0), false)
}
