package tui

import (
	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/blockmap"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// mapLook is how maps are drawn. The head of a pool is marked, if any is.
func mapLook(l *draw.Look, marked *fragcalc.PoolID) blockmap.Look {
	return blockmap.Look{Palette: l.Palette, Glyphs: l.Glyphs,
		Head: func(line *paint.Line, g *blockmap.Group, together bool) {
			poolHead(l, line, g, together, marked != nil && g.Pool.PoolID == *marked)
		}}
}

// poolHead names a pool, and says what is in it.
func poolHead(l *draw.Look, line *paint.Line, g *blockmap.Group, together, marked bool) {
	role, mark := paint.Text, " "
	if marked {
		role, mark = paint.Accent, l.Glyphs.Cursor
	}
	line.Text(paint.Accent, mark).Text(role, poolName(g.Pool.PoolID, l))
	fact := func(role paint.Role, s string) {
		if line.Room() >= paint.Width(l.Glyphs.Dot)+paint.Width(s) {
			line.Text(paint.Muted, l.Glyphs.Dot).Text(role, s)
		}
	}
	fact(paint.Muted, l.Prose(g.Bytes)+" in "+draw.Plural(g.Count, "segment"))
	if stranded := g.Sizes[paint.Stranded-paint.Used]; stranded > 0 {
		fact(paint.Stranded, l.Prose(stranded)+" stranded")
	}
	if largest, ok := g.Pool.LargestFree.Get(); ok && largest > 0 {
		fact(paint.Muted, "largest free "+l.Prose(largest))
	}
	if together {
		fact(paint.Muted, "run together")
	}
}

// signs are those that a map or bar draws with.
type signs struct {
	sizes sizes  // states that there are
	mixed bool   // cells may hold several states
	since string // changed cells are marked: since when; else empty
}

// line explains the signs, as far as they fit.
func (s *signs) line(l *draw.Look, width int) string {
	const short, long = " mixed", " mixed: mostly live, mostly free"
	line := l.Line(width)
	reserve := 0
	if s.mixed {
		reserve = 4 + len(short)
	}
	for state := paint.Used; state <= paint.Free; state++ {
		name := stateName(state)
		if s.sizes.of(state) > 0 && line.Room() >= len(name)+4+reserve {
			line.PadTo(line.Width()+1).Repeat(state, l.Glyphs.Of(state), 1).Text(paint.Muted, " "+name+" ")
		}
	}
	if !s.mixed || line.Room() < reserve {
		return line.String()
	}
	line.PadTo(line.Width()+1).Repeat(paint.Used, l.Glyphs.MostlyLive, 1).Repeat(paint.Stranded, l.Glyphs.MostlyFree, 1)
	changed := ""
	if s.since != "" {
		changed = " changed since " + s.since
		if line.Room() < len(short)+4+len(changed) {
			changed = " changed"
		}
	}
	text := long
	if line.Room() < len(long)+4+len(changed) {
		text = short
	}
	if line.Text(paint.Muted, text); changed != "" && line.Room() >= 4+len(changed) {
		line.PadTo(line.Width()+2).Repeat(paint.Used, l.Glyphs.Changed[0], 1).Repeat(paint.Stranded, l.Glyphs.MovedFree, 1)
		line.Text(paint.Muted, changed)
	}
	return line.String()
}

// scaled has the scale of the map at the right end.
func (s *signs) scaled(l *draw.Look, scale string, width int) string {
	end := paint.Width(scale) + 1
	head := s.line(l, max(width-end-1, 0))
	used := ansi.StringWidth(head)
	return head + l.Line(width-used).PadTo(width-used-end).Text(paint.Muted, scale).String()
}

// stillMap is a map in another view, without a cursor of its own. It keeps what
// it drew last, since a view is drawn at every key.
type stillMap struct {
	memory blockmap.Map
	drawn  stillKey
	lines  []string
}

// stillKey is all that the lines depend on.
type stillKey struct {
	snapshot      *fragcalc.Snapshot
	palette       *paint.Palette
	glyphs        *paint.Glyphs
	unit          draw.Unit
	of            place // whose memory
	at            blockmap.Place
	width, height int
}

// pools draws all pools of a process; where they are too many, those around one,
// which is marked if it is selected.
func (m *stillMap) pools(w *world, p *fragcalc.Process, pool fragcalc.PoolID, selected bool, width, height int) []string {
	look := mapLook(w.look, nil)
	if selected {
		look = mapLook(w.look, &pool)
	}
	look.Static = true
	return m.render(w, p, place{level: processLevel, row: p.RowID}, blockmap.Place{Pool: pool}, look, width, height)
}

// segment draws the segment of a place, with one block of it marked.
func (m *stillMap) segment(w *world, p *fragcalc.Process, block uint64, width, height int) []string {
	look := mapLook(w.look, nil)
	look.Head = nil
	of := w.place
	of.level = segmentLevel
	return m.render(w, p, of, blockmap.Place{Pool: of.pool, Address: block}, look, width, height)
}

func (m *stillMap) render(w *world, p *fragcalc.Process, of place, at blockmap.Place, look blockmap.Look, width, height int) []string {
	scope, of := of.scope()
	key := stillKey{w.snapshot, look.Palette, look.Glyphs, w.look.Unit, of, at, width, height}
	if m.drawn == key {
		return m.lines
	}
	if m.drawn.snapshot != w.snapshot || m.drawn.of != of {
		m.memory.Show(blockmap.NewIndex(p, scope), nil)
	}
	m.memory.GoTo(at)
	m.drawn, m.lines = key, drawStill(w.look, &m.memory, look, width, height)
	return m.lines
}

// drawStill draws a map below a line that explains it.
func drawStill(l *draw.Look, m *blockmap.Map, look blockmap.Look, width, height int) []string {
	if height < 2 || width < 10 || m.Index().Empty() {
		return nil
	}
	memory := m.Render(look, width, height-1)
	scale := "1 cell = " + draw.PowerOfTwo(m.Scale())
	legend := signs{sizes: sizes(m.Index().Sizes), mixed: true}
	head := legend.line(l, width-len(scale)-2)
	used := ansi.StringWidth(head)
	line := l.Line(width-used).PadTo(width-used-len(scale)-1).Text(paint.Muted, scale)
	return append([]string{head + line.String()}, memory...)
}
