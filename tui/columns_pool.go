package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

type poolRow struct {
	*fragcalc.Pool
	process *fragcalc.Process
}

// newPoolTable is the table of a process's pools.
func newPoolTable() table.Table[poolRow, fragcalc.PoolID] {
	return table.Table[poolRow, fragcalc.PoolID]{Name: "pools", One: "pool", Example: "large, small, stream, or stranded>1GiB", Columns: poolColumns(),
		Identity: func(r *poolRow) fragcalc.PoolID { return r.PoolID }}
}

func poolColumns() []table.Column[poolRow] {
	sized := func(title, key, help string, width, rank int, figure func(poolRow) fragcalc.Bytes) table.Column[poolRow] {
		return table.Column[poolRow]{Title: title, Key: key, Help: help, Width: width, Size: true, Rank: rank, Right: true,
			By:     query.Size(func(r *poolRow) (int64, bool) { return figure(*r).Get() }),
			Text:   func(l *draw.Look, r *poolRow) (string, paint.Role) { return l.Size(figure(*r)) },
			Amount: func(r *poolRow) (fragcalc.Bytes, paint.Role) { return figure(*r), paint.Text }}
	}
	return []table.Column[poolRow]{
		{Title: "POOL", Key: "pool", Help: "size of its blocks, and stream", Width: 12, Most: 36,
			By: query.Word(func(r *poolRow) string { return poolWords(r.PoolID, ", ") }), Text: func(l *draw.Look, r *poolRow) (string, paint.Role) {
				return poolName(r.PoolID, l), paint.Text
			}},
		sized("RESERVED", "reserved", "held from the driver", 8, 3, func(r poolRow) fragcalc.Bytes { return r.Reserved }),
		sized("USED", "used", "in live blocks", 6, 2, func(r poolRow) fragcalc.Bytes { return r.Used }),
		sized("ROUNDING", "rounding", "used + pending - requested", 8, 9, func(r poolRow) fragcalc.Bytes { return r.Rounding }),
		sized("PENDING", "pending", "waiting for a stream's event", 7, 8, func(r poolRow) fragcalc.Bytes { return r.Pending }),
		sized("STRANDED", "stranded", "in holes beside live blocks", 8, 1, func(r poolRow) fragcalc.Bytes { return r.Stranded }),
		{Title: "FRAG", Key: "frag", Help: "stranded / reserved", Width: 4, Rank: 6, Right: true,
			By: query.Ratio(func(r *poolRow) (float64, bool) { return r.Fragmentation.Get() }), Text: func(l *draw.Look, r *poolRow) (string, paint.Role) {
				return l.Stranded(r.Fragmentation, r.Stranded, r.process.Reserved)
			}},
		sized("RELSBL", "releasable", "could go back to the driver now", 6, 5, func(r poolRow) fragcalc.Bytes { return r.Releasable }),
		sized("PARKED", "parked", "free and kept by design", 6, 10, func(r poolRow) fragcalc.Bytes { return r.Parked }),
		sized("LARGEST", "largest", "largest free block", 7, 4, func(r poolRow) fragcalc.Bytes { return r.LargestFree }),
		{Title: "SEGMENTS", Key: "segments", Help: "how many it has", Width: 8, Rank: 7, Right: true,
			By: query.Count(func(r *poolRow) (int64, bool) { return int64(len(r.Segments)), true }), Text: func(_ *draw.Look, r *poolRow) (string, paint.Role) {
				return strconv.Itoa(len(r.Segments)), paint.Text
			}},
		{Title: "PARTS", Key: "parts", Help: "a bar of what its memory is in", Width: 14, Flex: true, Picture: true, Rank: 11, Draw: drawPoolBar},
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
