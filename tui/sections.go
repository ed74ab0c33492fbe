package tui

import (
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// section is a table with a title, one of several below each other.
type section interface {
	listing
	heading() string
	size() (at, of int) // the selected row, and how many there are
	moveTo(row int)
	// lines draws the lines from one up to another: the title's is 0, the header's
	// 1, and the rows follow.
	lines(l *draw.Look, from, to, width int, active bool) []string
}

// sectionLead are the lines of a section before its rows.
const sectionLead = 2

// titled is a table as a section.
type titled[R any, K comparable] struct {
	table[R, K]
	title string
}

func (t *titled[R, K]) heading() string { return t.title }

func (t *titled[R, K]) size() (at, of int) { return t.index, len(t.rows) }

func (t *titled[R, K]) lines(l *draw.Look, from, to, width int, active bool) []string {
	t.marking = markNothing
	role := paint.Muted
	if active {
		t.marking, role = markRow, paint.Title
	}
	columns, flexible := t.fitted(l, width)
	lines, line := make([]string, 0, to-from), l.Line(width)
	for i := from; i < to; i++ {
		switch {
		case i == 0:
			lines = append(lines, l.Text(role, " "+t.title, width))
		case i == 1:
			lines = append(lines, t.header(l, columns, flexible, width))
		case i-sectionLead < len(t.rows):
			lines = append(lines, t.row(l, line, i-sectionLead, columns, flexible, width))
		default:
			lines = append(lines, l.Text(paint.Muted, " No "+t.one+" matches the filter. Esc clears it.", width))
		}
	}
	return lines
}

// sections are tables below each other with one cursor: it goes on from the last
// row of one to the first of the next. Those without rows are left out.
type sections struct {
	all  []section
	at   int // the one with the cursor
	top  int // first line shown
	page int // lines shown when last drawn
}

// set replaces the sections; the cursor stays in the one it is in, if it is still
// there.
func (s *sections) set(all ...section) {
	var in section
	if s.at < len(s.all) {
		in = s.all[s.at]
	}
	s.all = s.all[:0]
	at := 0
	for _, one := range all {
		if _, rows := one.size(); rows == 0 && one.filtered() == "" {
			continue
		}
		if one == in {
			at = len(s.all)
		}
		s.all = append(s.all, one)
	}
	s.at = at
}

// current is the section with the cursor; nil where there is none.
func (s *sections) current() section {
	if len(s.all) == 0 {
		return nil
	}
	return s.all[s.at]
}

// position is the cursor's row among all rows.
func (s *sections) position() (at, of int) {
	for i, one := range s.all {
		row, rows := one.size()
		if i == s.at {
			at = of + row
		}
		of += rows
	}
	return at, of
}

// moveTo puts the cursor on a row among all rows, or on the nearest.
func (s *sections) moveTo(row int) {
	_, of := s.position()
	row = max(0, min(row, of-1))
	for i, one := range s.all {
		_, rows := one.size()
		if row < rows {
			s.at = i
			one.moveTo(row)
			return
		}
		row -= rows
	}
}

func (s *sections) move(m motion) {
	at, of := s.position()
	page, half := max(1, s.page-1), max(1, s.page/2)
	s.moveTo(map[motion]int{lineUp: at - 1, lineDown: at + 1, halfUp: at - half, halfDown: at + half,
		pageUp: at - page, pageDown: at + page, toFirst: 0, toLast: of - 1}[m])
}

// height is how many lines a section takes, without the blank one behind it.
func sectionHeight(one section) int {
	_, rows := one.size()
	return sectionLead + max(rows, 1)
}

// render draws the lines around the cursor.
func (s *sections) render(l *draw.Look, width, height int) []string {
	s.page = height
	if height <= 0 || len(s.all) == 0 {
		return nil
	}
	const blank = 1
	total, cursor, first := 0, 0, 0 // lines, that of the cursor, the first that should be seen with it
	for i, one := range s.all {
		if i == s.at {
			row, _ := one.size()
			cursor = total + sectionLead + row
			first = cursor
			if row == 0 && height > sectionLead { // its title too
				first = total
			}
		}
		total += sectionHeight(one) + blank
	}
	total -= blank
	s.top = max(0, min(s.top, first, total-height))
	s.top = max(s.top, cursor-height+1)
	lines := make([]string, 0, height)
	start := 0
	for i, one := range s.all {
		tall := sectionHeight(one)
		from, to := max(s.top-start, 0), min(s.top+height-start, tall)
		if from < to {
			lines = append(lines, one.lines(l, from, to, width, i == s.at)...)
		}
		start += tall + blank
		if start > s.top && len(lines) > 0 && len(lines) < height && i < len(s.all)-1 {
			lines = append(lines, "")
		}
	}
	return lines
}
