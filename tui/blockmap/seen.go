package blockmap

import "github.com/gpufragtop/gpufragtop/fragcalc/change"

// seenCells are the cells of the lines in view, without the cursor's marks. They
// are kept, since a map is drawn at every key, and its cells cost a pass over the
// blocks in view.
type seenCells struct {
	layout *layout
	top    int
	cells  []Cell
	ends   []int // of each line, in cells
}

// look sees to it that the cells of the lines in view are known.
func (m *Map) look(l *layout) {
	lines := min(m.height, l.lines-m.top)
	if m.seen.layout == l && m.seen.top == m.top && len(m.seen.ends) == lines {
		return
	}
	m.seen = seenCells{l, m.top, m.seen.cells[:0], m.seen.ends[:0]}
	p := painter{layout: l, changed: m.changed}
	for at := range lines {
		if s := l.at(m.top + at); s.cell >= 0 { // no head
			m.seen.cells = p.cells(m.seen.cells, s)
		}
		m.seen.ends = append(m.seen.ends, len(m.seen.cells))
	}
}

// line is the cells of a line of the map.
func (s *seenCells) line(at int) []Cell {
	from := 0
	if at > s.top {
		from = s.ends[at-s.top-1]
	}
	return s.cells[from:s.ends[at-s.top]]
}

// sameRanges tells whether two lists are one and the same.
func sameRanges(a, b []change.Range) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}
