package blockmap

import "math"

// Step moves the cursor by so many cells, over gaps and into other groups.
func (m *Map) Step(by int) {
	if m.index.Empty() {
		return
	}
	l := m.current()
	s := l.spotOf(m.index.find(m.Cursor))
	for ; by != 0; by -= sign(by) {
		next := s
		for {
			next = l.beside(next, sign(by))
			if next == s || !l.isGap(next) {
				break
			}
		}
		s = next
	}
	m.goToCell(l, s)
}

// beside is the cell before or behind; at the ends of the map the same.
func (l *layout) beside(s spot, by int) spot {
	next := spot{s.group, s.cell + int64(by)}
	switch {
	case next.cell < 0 && s.group == 0, next.cell >= l.laid[s.group].cells && s.group == len(l.laid)-1:
		return s
	case next.cell < 0:
		return spot{s.group - 1, l.laid[s.group-1].cells - 1}
	case next.cell >= l.laid[s.group].cells:
		return spot{s.group + 1, 0}
	}
	return next
}

// MoveLines moves the cursor by so many lines of cells, in its column.
func (m *Map) MoveLines(by int) {
	if m.index.Empty() {
		return
	}
	l := m.current()
	s := l.spotOf(m.index.find(m.Cursor))
	column := s.cell % int64(l.width)
	line := l.line(s)
	for ; by != 0; by -= sign(by) {
		next := line + sign(by)
		for next >= 0 && next < l.lines && l.at(next).cell < 0 {
			next += sign(by)
		}
		if next < 0 || next >= l.lines {
			break
		}
		line = next
	}
	if line == l.line(s) {
		return
	}
	to := l.at(line)
	to.cell = min(to.cell+column, l.laid[to.group].cells-1)
	m.goToCell(l, to)
}

// MovePages moves the cursor by so many half pages.
func (m *Map) MovePages(halves int) { m.MoveLines(halves * max(m.height/2, 1)) }

// ToEnd moves the cursor to the first byte of the map, or its last cell.
func (m *Map) ToEnd(last bool) {
	if m.index.Empty() {
		return
	}
	l := m.current()
	s := spot{}
	if last {
		s = spot{len(l.laid) - 1, math.MaxInt64}
	}
	m.goToCell(l, s)
}

// goToCell moves the cursor to the first byte of a cell, or the last one before
// a gap.
func (m *Map) goToCell(l *layout, s spot) { m.Cursor = m.index.place(l.byteAt(s)) }

// StepBlock moves the cursor to the start of the next block, or of the one
// before, also in other segments.
func (m *Map) StepBlock(by int) {
	if m.index.Empty() {
		return
	}
	strip, offset := m.index.find(m.Cursor)
	s := m.index.strips[strip].segment
	if i := m.index.blockAt(strip, offset); i >= 0 && i+by >= 0 && i+by < len(s.Blocks) {
		m.Cursor = m.index.place(strip, int64(s.Blocks[i+by].Address-s.Address))
		return
	}
	l := m.current()
	next, ok := l.nextStrip(strip, by)
	if !ok {
		return
	}
	s = m.index.strips[next].segment
	offset = 0
	if by < 0 && len(s.Blocks) > 0 {
		offset = int64(s.Blocks[len(s.Blocks)-1].Address - s.Address)
	}
	m.Cursor = m.index.place(next, offset)
}

// nextStrip is the strip behind or before another, as they are laid out.
func (l *layout) nextStrip(strip, by int) (int, bool) {
	row := l.row[l.index.strips[strip].group]
	rank := l.rank[strip] + by
	if g := &l.laid[row]; rank >= g.first && rank < g.last {
		return l.strips[rank], true
	}
	if row += by; row < 0 || row >= len(l.laid) {
		return strip, false
	}
	if by > 0 {
		return l.strips[l.laid[row].first], true
	}
	return l.strips[l.laid[row].last-1], true
}

func sign(n int) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}
