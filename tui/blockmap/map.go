package blockmap

import (
	"github.com/gpufragtop/gpufragtop/fragcalc/change"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Map shows an index on lines of cells. Its cursor is a byte, which it keeps
// through samples, zoom, orders and sizes of the screen; when the byte's segment
// is gone, the cursor goes to the nearest one.
type Map struct {
	Cursor Place

	index    *Index
	changed  []change.Range
	order    Order
	scale    int64 // bytes a cell; 0 = as many as let all of it be seen
	top      int   // first line that is shown
	centre   bool  // the cursor's line goes to the middle
	width    int   // cells a line, when last drawn
	height   int   // lines, when last drawn
	arranged *arrangement
	laid     *layout
	fitted   *layout // for width and height
	seen     seenCells
}

// Look is how a map is drawn.
type Look struct {
	Palette *paint.Palette
	Glyphs  *paint.Glyphs
	// Head writes the line above the cells of a group; together says that its
	// segments run together: cells may hold bytes of several. Without Head
	// there is no such line.
	Head   func(line *paint.Line, g *Group, together bool)
	Static bool // nothing moves: neither a cursor nor a scrollbar is shown
}

// small is the height up to which cells come before the heads of groups.
const small = 8

// margin are the cells before and behind those of a map.
const margin = 1

// Show takes the memory to show, and the addresses at which it changed, in order.
func (m *Map) Show(x *Index, changed []change.Range) {
	if !sameRanges(m.changed, changed) {
		m.changed, m.seen = changed, seenCells{}
	}
	if m.index == x {
		return
	}
	m.index = x
	m.arranged, m.laid, m.fitted, m.seen = nil, nil, nil, seenCells{}
	if x.Empty() {
		return
	}
	if at, offset := x.find(m.Cursor); x.place(at, offset) != m.Cursor {
		m.GoTo(x.place(at, offset))
	}
}

// GoTo moves the cursor to a byte, or to the one that is nearest.
func (m *Map) GoTo(p Place) {
	if m.index.Empty() {
		m.Cursor = p
		return
	}
	m.Cursor = m.index.place(m.index.find(p))
}

// Index is the memory that is shown; nil where there is none.
func (m *Map) Index() *Index { return m.index }

// layout is where the cells are, for the size of the screen.
func (m *Map) layout(heads int) *layout {
	if m.arranged == nil || m.arranged.order != m.order {
		m.arranged, m.laid, m.fitted = arrange(m.index, m.order), nil, nil
	}
	if m.fitted == nil || m.fitted.width != m.width || m.fitted.heads != heads {
		m.fitted = m.arranged.fit(m.width, m.height, heads)
		m.laid = nil
	}
	if m.scale == 0 || m.scale >= m.fitted.scale {
		return m.fitted
	}
	if m.laid == nil || m.laid.scale != m.scale {
		m.laid = m.arranged.lay(m.scale, m.width, heads)
	}
	return m.laid
}

// current is the layout that was last drawn, or one to begin with.
func (m *Map) current() *layout {
	heads := 1
	if m.fitted != nil {
		heads = m.fitted.heads
	}
	return m.layout(heads)
}

// Render draws the lines that are in view.
func (m *Map) Render(k Look, width, height int) []string {
	cells := width - 2*margin
	if m.index.Empty() || cells <= 0 || height <= 0 {
		return nil
	}
	if m.width != cells || m.height != height {
		m.width, m.height, m.fitted, m.centre = cells, height, nil, true
	}
	heads := 0
	if k.Head != nil && height > 1 && (k.Static || height > small || height >= 2*len(m.index.Groups)) {
		heads = 1
	}
	l := m.layout(heads)
	m.scroll(l)
	lines := make([]string, 0, height)
	m.look(l)
	cursor := m.cursorCells(l)
	row := make([]Cell, 0, cells)
	bar := scrollbar{}
	if !k.Static {
		bar = m.scrollbar(l)
	}
	for at := m.top; at < l.lines && len(lines) < height; at++ {
		line := paint.NewLine(k.Palette, width)
		s := l.at(at)
		if s.cell < 0 {
			g := &l.laid[s.group]
			k.Head(line, &m.index.Groups[g.group], g.together)
			lines = append(lines, bar.draw(k, line, len(lines)))
			continue
		}
		row = append(row[:0], m.seen.line(at)...)
		if !k.Static {
			cursor.mark(row, s)
		}
		if here := cursor.at; !k.Static && here.group == s.group && here.cell >= s.cell && here.cell < s.cell+int64(cells) {
			line.Text(paint.Accent, k.Glyphs.Cursor)
		} else {
			line.PadTo(margin)
		}
		Draw(line, k.Glyphs, row)
		lines = append(lines, bar.draw(k, line, len(lines)))
	}
	return lines
}

// scrollbar shows, behind the cells, which part of the lines is in view; where
// all are, it is empty.
type scrollbar struct{ from, to int }

func (m *Map) scrollbar(l *layout) scrollbar {
	if l.lines <= m.height {
		return scrollbar{}
	}
	part := func(lines int) int { return int(int64(lines) * int64(m.height) / int64(l.lines)) }
	from := min(part(m.top), m.height-1)
	return scrollbar{from, max(part(m.top+m.height), from+1)}
}

// draw ends a line.
func (b scrollbar) draw(k Look, line *paint.Line, at int) string {
	if at >= b.from && at < b.to {
		line.PadTo(line.Width()+line.Room()-1).Repeat(paint.Border, k.Glyphs.Box.Vertical, 1)
	}
	return line.String()
}

// scroll keeps the cursor in view, with the head above it where it is near.
func (m *Map) scroll(l *layout) {
	line := l.line(l.spotOf(m.index.find(m.Cursor)))
	if m.centre {
		m.centre, m.top = false, line-m.height/2
	}
	above := 0
	if m.height > 2 {
		above = 1
	}
	m.top = max(min(m.top, line-above), line-m.height+1)
	m.top = max(0, min(m.top, l.lines-m.height))
}

// cursorCells are the cells of the cursor, and of the block under it where that
// is not most of what is in view.
type cursorCells struct {
	at       spot
	from, to int64 // cells of the block, in the flow
}

func (m *Map) cursorCells(l *layout) cursorCells {
	strip, offset := m.index.find(m.Cursor)
	c := cursorCells{at: l.spotOf(strip, offset)}
	c.from, c.to = c.at.cell, c.at.cell
	s := m.index.strips[strip].segment
	if i := m.index.blockAt(strip, offset); i >= 0 {
		block := &s.Blocks[i]
		start := int64(block.Address - s.Address)
		first, last := l.spotOf(strip, start).cell, l.spotOf(strip, min(start+block.Size, s.Size)-1).cell
		if last-first < int64(max(l.width, l.width*m.height/2)) {
			c.from, c.to = first, last
		}
	}
	return c
}

// mark marks the cells of a line that begins at a spot.
func (c *cursorCells) mark(row []Cell, s spot) {
	if s.group != c.at.group {
		return
	}
	for i := max(c.from-s.cell, 0); i <= min(c.to-s.cell, int64(len(row))-1); i++ {
		row[i].mark = inBlock
	}
	if i := c.at.cell - s.cell; i >= 0 && i < int64(len(row)) {
		row[i].mark = underCursor
	}
}

// Scale is the bytes of a cell.
func (m *Map) Scale() int64 {
	if m.index.Empty() {
		return 0
	}
	return m.current().scale
}

// Whole tells whether the scale lets all of the memory be seen.
func (m *Map) Whole() bool { return m.index.Empty() || m.Scale() == m.fitted.scale }

// Order is the order of segments.
func (m *Map) Order() Order { return m.order }

// Turn goes on to the next order.
func (m *Map) Turn() {
	m.Arrange((m.order + 1) % orders)
}

// Arrange puts the segments in an order.
func (m *Map) Arrange(o Order) {
	m.order = o
	m.centre = true
}

// Zoom makes cells stand for fewer bytes, by powers of two (1), or for more (-1),
// with the cursor in the middle; 0 goes back to all of the memory. It is false at
// the ends.
func (m *Map) Zoom(by int) bool {
	scale := m.Scale()
	switch {
	case m.index.Empty():
		return false
	case by > 0 && scale > LeastScale:
		m.scale = finer(scale)
	case by < 0 && !m.Whole():
		m.scale = scale * 2
	case by == 0 && !m.Whole():
		m.scale = 0
	default:
		return false
	}
	if m.scale >= m.fitted.scale {
		m.scale = 0
	}
	m.centre = true
	return true
}

// Focus zooms in until the block under the cursor has a few cells of its own. It
// is false when it has them, or can have no more.
func (m *Map) Focus() bool {
	const few = 4
	u, ok := m.Under()
	if !ok || u.Block == nil {
		return false
	}
	scale := m.Scale()
	wanted := scale
	for wanted > LeastScale && wanted*few > u.Block.Size {
		wanted = finer(wanted)
	}
	if wanted == scale {
		return false
	}
	m.scale, m.centre = wanted, true
	return true
}

// Position is the segment under the cursor, from 0 on in the order of the map,
// and how many there are.
func (m *Map) Position() (at, of int) {
	if m.index.Empty() {
		return 0, 0
	}
	l := m.current()
	strip, _ := m.index.find(m.Cursor)
	for row := range l.row[m.index.strips[strip].group] {
		at += m.index.Groups[l.groups[row]].Count
	}
	g := &m.index.Groups[m.index.strips[strip].group]
	return at + l.rank[strip] - g.first, len(m.index.strips)
}
