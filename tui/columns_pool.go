package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

type poolRow struct{ *fragcalc.Pool }

func poolColumns() []column[poolRow] {
	sized := func(title string, width, rank int, figure func(poolRow) fragcalc.Bytes) column[poolRow] {
		return column[poolRow]{title: title, width: width, size: true, rank: rank, right: true,
			text: func(l *look, r *poolRow) (string, paint.Role) { return l.size(figure(*r)) }}
	}
	return []column[poolRow]{
		{title: "POOL", width: 12, most: 36, text: func(l *look, r *poolRow) (string, paint.Role) {
			return poolName(r.PoolID, l), paint.Text
		}},
		sized("RESERVED", 8, 3, func(r poolRow) fragcalc.Bytes { return r.Reserved }),
		sized("USED", 6, 2, func(r poolRow) fragcalc.Bytes { return r.Used }),
		sized("ROUNDING", 8, 9, func(r poolRow) fragcalc.Bytes { return r.Rounding }),
		sized("PENDING", 7, 8, func(r poolRow) fragcalc.Bytes { return r.Pending }),
		sized("STRANDED", 8, 1, func(r poolRow) fragcalc.Bytes { return r.Stranded }),
		{title: "FRAG", width: 4, rank: 6, right: true, text: func(l *look, r *poolRow) (string, paint.Role) {
			return l.percent(r.Fragmentation)
		}},
		sized("RELSBL", 6, 5, func(r poolRow) fragcalc.Bytes { return r.Releasable }),
		sized("PARKED", 6, 10, func(r poolRow) fragcalc.Bytes { return r.Parked }),
		sized("LARGEST", 7, 4, func(r poolRow) fragcalc.Bytes { return r.LargestFree }),
		{title: "SEGMENTS", width: 8, rank: 7, right: true, text: func(_ *look, r *poolRow) (string, paint.Role) {
			return strconv.Itoa(len(r.Segments)), paint.Text
		}},
		{title: "PARTS", width: 14, flex: true, picture: true, rank: 11, draw: drawPoolBar},
	}
}

// drawPoolBar draws what the pool's memory is in.
func drawPoolBar(l *look, line *paint.Line, r *poolRow, width int) {
	end := line.Width() + width
	if inside, ok := statesOf(&r.Figures); ok {
		bar := [paint.StateCount]int64(inside)
		line.Bar(l.glyphs, width, &bar)
	}
	line.PadTo(end)
}

// poolName is a pool in words: "large, default stream" or
// "private 0.2 small, stream 0x7f12".
func poolName(id fragcalc.PoolID, l *look) string {
	name := "large"
	if id.Small {
		name = "small"
	}
	if id.IsPrivate() {
		name = "private " + strconv.FormatUint(id.Private[0], 10) + "." + strconv.FormatUint(id.Private[1], 10) + " " + name
	}
	if id.Stream == 0 {
		return name + l.glyphs.Dot + "default stream"
	}
	return name + l.glyphs.Dot + "stream " + hex(id.Stream)
}
