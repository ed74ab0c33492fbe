package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

type poolRow struct{ *fragcalc.Pool }

// newPoolTable is the table of a process's pools.
func newPoolTable() table[poolRow, fragcalc.PoolID] {
	return table[poolRow, fragcalc.PoolID]{name: "pools", one: "pool", example: "large, small, stream, or stranded>1GiB", columns: poolColumns(),
		identity: func(r *poolRow) fragcalc.PoolID { return r.PoolID }}
}

func poolColumns() []column[poolRow] {
	sized := func(title, key, help string, width, rank int, figure func(poolRow) fragcalc.Bytes) column[poolRow] {
		return column[poolRow]{title: title, key: key, help: help, width: width, size: true, rank: rank, right: true,
			by:   query.Size(func(r *poolRow) (int64, bool) { return figure(*r).Get() }),
			text: func(l *draw.Look, r *poolRow) (string, paint.Role) { return l.Size(figure(*r)) }}
	}
	return []column[poolRow]{
		{title: "POOL", key: "pool", help: "size of its blocks, and stream", width: 12, most: 36,
			by: query.Word(func(r *poolRow) string { return poolWords(r.PoolID, ", ") }), text: func(l *draw.Look, r *poolRow) (string, paint.Role) {
				return poolName(r.PoolID, l), paint.Text
			}},
		sized("RESERVED", "reserved", "held from the driver", 8, 3, func(r poolRow) fragcalc.Bytes { return r.Reserved }),
		sized("USED", "used", "in live blocks", 6, 2, func(r poolRow) fragcalc.Bytes { return r.Used }),
		sized("ROUNDING", "rounding", "used + pending - requested", 8, 9, func(r poolRow) fragcalc.Bytes { return r.Rounding }),
		sized("PENDING", "pending", "waiting for a stream's event", 7, 8, func(r poolRow) fragcalc.Bytes { return r.Pending }),
		sized("STRANDED", "stranded", "in holes beside live blocks", 8, 1, func(r poolRow) fragcalc.Bytes { return r.Stranded }),
		{title: "FRAG", key: "frag", help: "stranded / reserved", width: 4, rank: 6, right: true,
			by: query.Ratio(func(r *poolRow) (float64, bool) { return r.Fragmentation.Get() }), text: func(l *draw.Look, r *poolRow) (string, paint.Role) {
				return l.Percent(r.Fragmentation)
			}},
		sized("RELSBL", "releasable", "could go back to the driver now", 6, 5, func(r poolRow) fragcalc.Bytes { return r.Releasable }),
		sized("PARKED", "parked", "free and kept by design", 6, 10, func(r poolRow) fragcalc.Bytes { return r.Parked }),
		sized("LARGEST", "largest", "largest free block", 7, 4, func(r poolRow) fragcalc.Bytes { return r.LargestFree }),
		{title: "SEGMENTS", key: "segments", help: "how many it has", width: 8, rank: 7, right: true,
			by: query.Count(func(r *poolRow) (int64, bool) { return int64(len(r.Segments)), true }), text: func(_ *draw.Look, r *poolRow) (string, paint.Role) {
				return strconv.Itoa(len(r.Segments)), paint.Text
			}},
		{title: "PARTS", key: "parts", help: "a bar of what its memory is in", width: 14, flex: true, picture: true, rank: 11, draw: drawPoolBar},
	}
}

// drawPoolBar draws what the pool's memory is in.
func drawPoolBar(l *draw.Look, line *paint.Line, r *poolRow, width int) {
	end := line.Width() + width
	if inside, ok := statesOf(&r.Figures); ok {
		bar := [paint.StateCount]int64(inside)
		line.Bar(l.Glyphs, width, &bar)
	}
	line.PadTo(end)
}

// poolName is a pool in words: "large, default stream" or
// "private 0.2 small, stream 0x7f12".
func poolName(id fragcalc.PoolID, l *draw.Look) string { return poolWords(id, l.Glyphs.Dot) }

func poolWords(id fragcalc.PoolID, dot string) string {
	name := "large"
	if id.Small {
		name = "small"
	}
	if id.IsPrivate() {
		name = "private " + strconv.FormatUint(id.Private[0], 10) + "." + strconv.FormatUint(id.Private[1], 10) + " " + name
	}
	if id.Stream == 0 {
		return name + dot + "default stream"
	}
	return name + dot + "stream " + draw.Hex(id.Stream)
}
