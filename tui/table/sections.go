package table

import (
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Section is a table with a title, one of several below each other.
type Section interface {
	Listing
	Heading() string
	size() (at, of int) // the selected row, and how many there are
	MoveTo(row int)
	// lines draws the lines from one up to another: the title's is 0, the header's
	// 1, and the rows follow.
	lines(l *draw.Look, from, to, width int, active bool) []string
}

// sectionLead are the lines of a section before its rows.
const sectionLead = 2

// Titled is a table as a section.
type Titled[R any, K comparable] struct {
	Table[R, K]
	Title string
}

func (t *Titled[R, K]) Heading() string { return t.Title }

func (t *Titled[R, K]) size() (at, of int) { return t.Index, len(t.Rows) }

func (t *Titled[R, K]) lines(l *draw.Look, from, to, width int, active bool) []string {
	t.Marking = MarkNothing
	role := paint.Muted
	if active {
		t.Marking, role = MarkRow, paint.Title
	}
	columns, flexible := t.fitted(l, width)
	lines, line := make([]string, 0, to-from), l.Line(width)
	for i := from; i < to; i++ {
		switch {
		case i == 0:
			lines = append(lines, l.Text(role, " "+t.Title, width))
		case i == 1:
			lines = append(lines, t.header(l, columns, flexible, width))
		case i-sectionLead < len(t.Rows):
			lines = append(lines, t.row(l, line, i-sectionLead, columns, flexible, width))
		default:
			lines = append(lines, l.Text(paint.Muted, " No "+t.One+" matches the filter. Esc clears it.", width))
		}
	}
	return lines
}

// Sections are tables below each other with one cursor: it goes on from the last
// row of one to the first of the next. Those without rows are left out.
type Sections struct {
	All  []Section
	at   int // the one with the cursor
	top  int // first line shown
	page int // lines shown when last drawn
}

// Set replaces the sections; the cursor stays in the one it is in, if it is still
// there.
func (s *Sections) Set(all ...Section) {
	var in Section
	if s.at < len(s.All) {
		in = s.All[s.at]
	}
	s.All = s.All[:0]
	at := 0
	for _, one := range all {
		if _, rows := one.size(); rows == 0 && one.Filtered() == "" {
			continue
		}
		if one == in {
			at = len(s.All)
		}
		s.All = append(s.All, one)
	}
	s.at = at
}

// Current is the section with the cursor; nil where there is none.
func (s *Sections) Current() Section {
	if len(s.All) == 0 {
		return nil
	}
	return s.All[s.at]
}

// Position is the cursor's row among all rows.
func (s *Sections) Position() (at, of int) {
	for i, one := range s.All {
		row, rows := one.size()
		if i == s.at {
			at = of + row
		}
		of += rows
	}
	return at, of
}

// MoveTo puts the cursor on a row among all rows, or on the nearest.
func (s *Sections) MoveTo(row int) {
	_, of := s.Position()
	row = max(0, min(row, of-1))
	for i, one := range s.All {
		_, rows := one.size()
		if row < rows {
			s.at = i
			one.MoveTo(row)
			return
		}
		row -= rows
	}
}

func (s *Sections) Move(m Motion) {
	at, of := s.Position()
	page, half := max(1, s.page-1), max(1, s.page/2)
	s.MoveTo(map[Motion]int{LineUp: at - 1, LineDown: at + 1, HalfUp: at - half, HalfDown: at + half,
		PageUp: at - page, PageDown: at + page, ToFirst: 0, ToLast: of - 1}[m])
}

// height is how many lines a section takes, without the blank one behind it.
func sectionHeight(one Section) int {
	_, rows := one.size()
	return sectionLead + max(rows, 1)
}

// Render draws the lines around the cursor.
func (s *Sections) Render(l *draw.Look, width, height int) []string {
	s.page = height
	if height <= 0 || len(s.All) == 0 {
		return nil
	}
	const blank = 1
	total, cursor, first := 0, 0, 0 // lines, that of the cursor, the first that should be seen with it
	for i, one := range s.All {
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
	for i, one := range s.All {
		tall := sectionHeight(one)
		from, to := max(s.top-start, 0), min(s.top+height-start, tall)
		if from < to {
			lines = append(lines, one.lines(l, from, to, width, i == s.at)...)
		}
		start += tall + blank
		if start > s.top && len(lines) > 0 && len(lines) < height && i < len(s.All)-1 {
			lines = append(lines, "")
		}
	}
	return lines
}
