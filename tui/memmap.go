package tui

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// memoryMap draws the pools of a process: each segment a strip, in address
// order. It keeps what it drew last, since a view is drawn at every key.
type memoryMap struct {
	preview bool // no pool is marked as selected

	drawn mapKey
	lines []string
}

// mapKey is all that a drawn map depends on.
type mapKey struct {
	snapshot      *fragcalc.Snapshot
	row           fragcalc.RowID
	selected      fragcalc.PoolID
	width, height int
	unit          unit
	palette       *paint.Palette
}

// leastScale is the fewest bytes a cell stands for: PyTorch's smallest block.
const leastScale = 512

// render draws as many pools as height has room for, the selected one always.
func (m *memoryMap) render(w *world, p *fragcalc.Process, selected fragcalc.PoolID, width, height int) []string {
	key := mapKey{w.snapshot, p.RowID, selected, width, height, w.look.unit, w.look.palette}
	if m.lines == nil || m.drawn != key {
		m.drawn, m.lines = key, drawMap(w.look, p, selected, !m.preview, width, height)
	}
	return m.lines
}

func drawMap(l *look, p *fragcalc.Process, selected fragcalc.PoolID, marked bool, width, height int) []string {
	const margin = 1
	if height < 3 || width < 10 || len(p.Pools) == 0 {
		return nil
	}
	pools := pickPools(p.Pools, selected, (height-1)/2)
	weights := make([]int64, len(pools))
	for i, pool := range pools {
		weights[i] = pool.Reserved.Or(0)
	}
	rows := paint.Share(height-1-len(pools), weights)
	inside, _ := processStates(p)
	lines := []string{mapLegend(l, &inside, width)}
	for i, pool := range pools {
		flow := flowOf(l, pool, p.Settings, (width-margin)*max(rows[i], 1))
		lines = append(lines, flow.header(l, pool, marked && pool.PoolID == selected, width))
		for start := 0; start < len(flow.cells); start += width - margin {
			line := l.line(width).PadTo(margin)
			drawCells(line, flow.cells[start:min(start+width-margin, len(flow.cells))])
			lines = append(lines, line.String())
		}
	}
	return lines
}

// mapLegend explains the signs of the states that there are, and those of the
// mixed cells, as far as they fit.
func mapLegend(l *look, inside *sizes, width int) string {
	const short, long = " mixed", " mixed: mostly live, mostly free"
	line := l.line(width)
	for state := paint.Used; state <= paint.Free; state++ {
		name := stateName(state)
		if inside.of(state) > 0 && line.Room() >= len(name)+4+len(short)+3 {
			line.PadTo(line.Width()+1).Repeat(state, l.glyphs.Of(state), 1).Text(paint.Muted, " "+name+" ")
		}
	}
	line.PadTo(line.Width()+1).Repeat(paint.Used, l.glyphs.MostlyLive, 1).Repeat(paint.Stranded, l.glyphs.MostlyFree, 1)
	if line.Room() >= len(long) {
		return line.Text(paint.Muted, long).String()
	}
	return line.Text(paint.Muted, short).String()
}

// pickPools are as many pools as there is room for, around the selected one.
func pickPools(pools []fragcalc.Pool, selected fragcalc.PoolID, room int) []*fragcalc.Pool {
	at := 0
	for i := range pools {
		if pools[i].PoolID == selected {
			at = i
		}
	}
	first := max(0, min(at-room/2, len(pools)-room))
	var picked []*fragcalc.Pool
	for i := first; i < len(pools) && len(picked) < room; i++ {
		picked = append(picked, &pools[i])
	}
	return picked
}

// flow is a pool's segments as cells, one after the other.
type flow struct {
	cells  []cell
	scale  int64 // bytes a cell
	merged bool  // too many segments for gaps: strips run together
}

// flowOf finds the finest scale, a power of two, at which the pool's segments
// fit into room cells with a gap between them. Where the gaps would be more than
// a quarter of the picture, the segments run together.
func flowOf(l *look, pool *fragcalc.Pool, settings fragcalc.AllocatorSettings, room int) flow {
	var largest, total int64
	for i := range pool.Segments {
		largest = max(largest, pool.Segments[i].Size)
		total += pool.Segments[i].Size
	}
	if total == 0 || room <= 0 {
		return flow{}
	}
	const gapShare = 4
	if gaps := len(pool.Segments) - 1; gaps*gapShare > room || gaps+len(pool.Segments) > room {
		return mergedFlow(l, pool, settings, total, room)
	}
	scale := int64(leastScale)
	for flowLength(pool, scale) > room {
		scale *= 2
	}
	f := flow{scale: scale}
	var runs []run
	for i := range pool.Segments {
		segment := &pool.Segments[i]
		if i > 0 {
			f.cells = append(f.cells, gapCell(l, &pool.Segments[i-1], segment))
		}
		runs = segmentRuns(runs[:0], pool.PoolID, segment, settings)
		f.cells = cells(l.glyphs, runs, segment.Size, cellsOf(segment, scale), f.cells)
	}
	return f
}

func flowLength(pool *fragcalc.Pool, scale int64) int {
	length := len(pool.Segments) - 1
	for i := range pool.Segments {
		length += cellsOf(&pool.Segments[i], scale)
	}
	return length
}

func cellsOf(segment *fragcalc.Segment, scale int64) int {
	return int((segment.Size + scale - 1) / scale)
}

// gapCell stands between two segments. Between two mapped ranges of expandable
// memory lie unmapped pages.
func gapCell(l *look, before, after *fragcalc.Segment) cell {
	if before.Expandable && after.Expandable {
		return cell{state: paint.Unmapped, glyph: l.glyphs.Of(paint.Unmapped)}
	}
	return cell{}
}

func mergedFlow(l *look, pool *fragcalc.Pool, settings fragcalc.AllocatorSettings, total int64, room int) flow {
	var runs []run
	for i := range pool.Segments {
		runs = segmentRuns(runs, pool.PoolID, &pool.Segments[i], settings)
	}
	return flow{cells: cells(l.glyphs, runs, total, room, nil), scale: total / int64(room), merged: true}
}

// header names the pool and says what a cell stands for.
func (f *flow) header(l *look, pool *fragcalc.Pool, selected bool, width int) string {
	line := l.line(width)
	role, mark := paint.Muted, " "
	if selected {
		role, mark = paint.Accent, l.glyphs.Cursor
	}
	line.Text(paint.Accent, mark).Text(role, poolName(pool.PoolID, l))
	reserved, _ := l.size(pool.Reserved)
	line.Text(paint.Muted, l.glyphs.Dot+reserved+" in "+plural(len(pool.Segments), "segment"))
	scale := "1 cell = " + powerOfTwo(f.scale)
	more := ""
	if f.merged {
		scale, more = "1 cell = "+l.prose(f.scale), ", run together"
	}
	dot := paint.Width(l.glyphs.Dot)
	if line.Room() >= dot+len(scale)+len(more) {
		scale += more
	}
	if f.scale > 0 && line.Room() >= dot+len(scale) {
		line.Text(paint.Muted, l.glyphs.Dot+scale)
	}
	return line.String()
}
