package tui

import (
	"github.com/charmbracelet/bubbles/key"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// poolView lists the segments of a pool, each with its map.
type poolView struct {
	here     here
	segments table.Table[segmentRow, uint64]
	shown    place
}

func newPoolView() *poolView {
	return &poolView{segments: newSegmentTable()}
}

func (v *poolView) list() table.Listing { return &v.segments }

func (v *poolView) refresh(w *world) {
	v.here = w.here()
	var rows []segmentRow
	if pool := v.here.pool; pool != nil {
		stacks, index := newStackWords(v.here.process.Stacks), w.stackIndex(v.here.process)
		rows = make([]segmentRow, len(pool.Segments))
		for i := range rows {
			rows[i] = newSegmentRow(&pool.Segments[i], pool.PoolID, v.here.process.Settings)
			rows[i].stacks = stacks
			rows[i].pinnedBy(index)
		}
	}
	shown := place{row: w.place.row, pool: w.place.pool}
	another := v.shown != shown
	if v.shown = shown; another {
		v.segments.Anew()
	}
	v.segments.Fill(w.look, rows)
	if another {
		if v.segments.Find(w.place.segment) { // a map led to it
			return
		}
		v.segments.MoveTo(v.worst())
	}
}

// enter implements entered: what is worst has changed since the last visit.
func (v *poolView) enter() { v.shown = place{} }

// worst is the row of the segment with most stranded bytes.
func (v *poolView) worst() int {
	return mostStranded(v.segments.Rows, func(r *segmentRow) *sizes { return &r.sizes })
}

// mostStranded is the row to look at first.
func mostStranded[R any](rows []R, inside func(*R) *sizes) int {
	worst := 0
	for i := range rows {
		if inside(&rows[i]).of(paint.Stranded) > inside(&rows[worst]).of(paint.Stranded) {
			worst = i
		}
	}
	return worst
}

func (v *poolView) move(_ *world, m table.Motion) { v.segments.Move(m) }

func (v *poolView) down(w *world) (place, bool) {
	row, ok := v.segments.Current()
	if !ok {
		return place{}, false
	}
	next := w.place
	next.level, next.segment = segmentLevel, row.Address
	next.block = 0 // of another visit
	return next, true
}

func (v *poolView) render(w *world, width, height int) []string {
	pool := v.here.pool
	if pool == nil {
		return gone(w.look, "This pool is gone.", width)
	}
	l := w.look
	var lines []string
	if inside, ok := statesOf(&pool.Figures); ok && height >= 6 {
		bar := [paint.StateCount]int64(inside)
		lines = append(lines,
			l.Line(width).PadTo(1).Bar(l.Glyphs, width-2, &bar).String(),
			(&signs{sizes: inside}).line(l, width), "")
	}
	return append(lines, v.segments.Render(l, width, height-len(lines), true)...)
}

func (v *poolView) summary(w *world) []string {
	row, ok := v.segments.Current()
	if !ok {
		return nil
	}
	facts := []string{segmentFacts(w.look, row)}
	if by := pinnerFact(w.look, &row.pins); by != "" {
		facts = append(facts, by)
	}
	return facts
}

// pinnerFact says who pins a segment; empty where that is not known.
func pinnerFact(l *draw.Look, p *pinner) string {
	if p.name == "" {
		return ""
	}
	text := "Pinned by " + p.name + ", " + l.Prose(p.Bytes) + " in " + draw.Plural(p.Blocks, "block")
	if p.Others > 0 {
		text += ", and " + draw.Plural(p.Others, "other stack")
	}
	return text + "."
}

// segmentFacts says what keeps a segment from being released.
func segmentFacts(l *draw.Look, r *segmentRow) string {
	who := draw.Hex(r.Address) + ": "
	free := r.sizes.of(paint.Stranded)
	switch {
	case r.sizes.of(paint.Parked) > 0:
		return who + l.Prose(r.sizes.of(paint.Parked)) + " kept for a CUDA graph or memory pool."
	case free > 0 && r.live > 0:
		live := r.Size - free - r.sizes.of(paint.Releasable)
		return who + l.Prose(free) + " stranded: " + draw.Plural(r.live, "live block") + " of together " + l.Prose(live) + " hold the segment."
	case r.live == 0:
		return who + "wholly free, a release returns it."
	default:
		return who + "nothing stranded."
	}
}

func (v *poolView) position() (at, of int) { return v.segments.Index, len(v.segments.Rows) }

func (v *poolView) bar(k *keyMap) []key.Binding {
	return []key.Binding{k.Enter, k.Back, k.Tabs[tabMap], k.Tabs[tabStacks], k.Worst, k.Release, k.Sort, k.Filter, k.Pause, k.Units, k.Help, k.Quit}
}
