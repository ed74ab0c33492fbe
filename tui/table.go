package tui

import (
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// column is one column of a table of rows R.
type column[R any] struct {
	// key is its name in sort orders, filters and settings: it never changes.
	// A column without one is neither chosen nor sorted by.
	key   string
	title string
	help  string         // what it shows, in a few words
	by    query.Value[R] // what it is sorted and filtered by; zero is nothing
	// also is the key of a second sort order, under which it has another title.
	also, alsoTitle string

	width int // cells, or the least of them when it can grow
	most  int // grows with its contents up to this; 0 = it does not
	rank  int // when room is short, the columns of the highest rank go first

	size     bool     // holds sizes, which are wider in bytes
	flex     bool     // takes what the others leave
	right    bool     // aligned to the right
	optional bool     // left out while no row has anything in it
	idle     []string // texts that alone are no reason to show an optional column
	picture  bool     // shows no text, and is left out where there are no pictures

	text func(*draw.Look, *R) (string, paint.Role)
	// draw replaces text where a cell is more than one run; it writes width
	// cells. head replaces title in the same way.
	draw func(*draw.Look, *paint.Line, *R, int)
	head func(*draw.Look, *paint.Line, int)
}

// marking is how a table shows which row is selected.
type marking uint8

const (
	markRow     marking = iota // the whole row, and a cursor before it
	markCursor                 // a cursor before it
	markNothing                // nothing is selected
)

// table shows rows and keeps one of them selected by its identity K, whatever
// happens to the order.
type table[R any, K comparable] struct {
	columns  []column[R]
	identity func(*R) K
	marking  marking
	barred   func(*R) bool // rows that are out of reach; nil = none

	name    string            // what it is called in settings and on the screen
	one     string            // what a row is called
	example string            // of a filter, for people
	natural string            // the sort order in which its rows come, if it is one
	more    []query.Field[R]  // what it is filtered by beside its columns
	words   func(*R) []string // what a bare text of a filter looks into; nil: the words of the fields
	fields  *query.Fields[R]  // in the place of columns and more, if set
	order   sortOrder
	filter  string // see filterBy
	passes  query.Expression[R]
	choices map[string]columnChoice // of columns, by their key

	registry []column[R] // columns as they were before any was moved; nil: none was
	drawn    []int       // columns shown when last rendered; nil: they have changed since
	look     *draw.Look  // and how it was rendered
	width    int

	fixed    bool // the cursor stays on its line, not on its row
	rows     []R
	selected K
	index    int // of the selected row
	top      int // first row shown
	page     int // rows shown when last rendered
	widths   []int
}

// fill replaces the rows by those that pass the filter, in the table's order.
func (t *table[R, K]) fill(l *draw.Look, rows []R) { t.set(l, t.arrange(rows)) }

// set replaces the rows. The selected row stays selected, or its line does;
// when the row is gone, the one that took its place is.
func (t *table[R, K]) set(l *draw.Look, rows []R) {
	t.rows = rows
	t.measure(l)
	if t.fixed || !t.find(t.selected) {
		t.moveTo(t.index)
	}
}

// find selects the row of an identity.
func (t *table[R, K]) find(id K) bool {
	for i := range t.rows {
		if t.identity(&t.rows[i]) == id {
			t.selected, t.index = id, i
			return true
		}
	}
	return false
}

// moveTo selects the row at an index, or the nearest one there is.
func (t *table[R, K]) moveTo(index int) {
	t.index = max(0, min(index, len(t.rows)-1))
	if len(t.rows) > 0 {
		t.selected = t.identity(&t.rows[t.index])
	}
}

// current is the selected row.
func (t *table[R, K]) current() (*R, bool) {
	if len(t.rows) == 0 {
		return nil, false
	}
	return &t.rows[t.index], true
}

// measure fixes the widths of the columns that grow with their contents.
func (t *table[R, K]) measure(l *draw.Look) {
	t.widths = make([]int, len(t.columns))
	for i, c := range t.columns {
		if t.choice(&c) == columnNever {
			continue
		}
		t.widths[i] = c.width
		if c.size && l.Unit == draw.UnitBytes {
			t.widths[i] += draw.BytesExtra
		}
		if c.most == 0 {
			continue
		}
		used := !c.optional || t.choice(&c) == columnAlways
		for row := range t.rows {
			text, _ := c.text(l, &t.rows[row])
			t.widths[i] = max(t.widths[i], min(paint.Width(text), c.most))
			used = used || text != l.Glyphs.Dash && !slices.Contains(c.idle, text)
		}
		if !used {
			t.widths[i] = 0
		}
	}
}

// chosen are the indices of the columns that fit into width, and the width of
// the flexible one.
func (t *table[R, K]) chosen(width int) (columns []int, flexible int) {
	columns = make([]int, 0, len(t.columns))
	for i := range t.columns {
		if t.widths[i] > 0 {
			columns = append(columns, i)
		}
	}
	for {
		taken := 1 // the cursor
		worst := 0
		least := 0
		for at, i := range columns {
			taken += t.widths[i] + 1
			if t.columns[i].flex {
				least = t.widths[i]
			}
			if t.rank(i) >= t.rank(columns[worst]) {
				worst = at
			}
		}
		if taken-1 <= width || len(columns) == 1 {
			return columns, max(least, least+width-taken+1)
		}
		columns = append(columns[:worst:worst], columns[worst+1:]...)
	}
}

// rank is the rank of a column: none that the user wants goes before those left
// to the program.
func (t *table[R, K]) rank(column int) int {
	if c := &t.columns[column]; t.choice(c) != columnAlways {
		return c.rank
	}
	return 0
}

// fitted are the columns that are drawn on width cells, and the width of the
// flexible one.
func (t *table[R, K]) fitted(l *draw.Look, width int) (columns []int, flexible int) {
	t.look, t.width = l, width
	if t.widths == nil {
		t.measure(l)
	}
	t.drawn, flexible = t.chosen(width)
	return t.drawn, flexible
}

// render draws the header, if asked for, and as many rows as fit.
func (t *table[R, K]) render(l *draw.Look, width, height int, header bool) []string {
	if height <= 0 || width <= 0 {
		return nil
	}
	columns, flexible := t.fitted(l, width)
	lines := make([]string, 0, height)
	if header {
		lines = append(lines, t.header(l, columns, flexible, width))
	}
	if len(t.rows) == 0 && t.filter != "" && len(lines) < height {
		lines = append(lines, l.Text(paint.Muted, " No "+t.one+" matches the filter. Esc clears it.", width))
	}
	t.page = height - len(lines)
	t.scroll()
	line := l.Line(width)
	for i := t.top; i < len(t.rows) && len(lines) < height; i++ {
		lines = append(lines, t.row(l, line, i, columns, flexible, width))
	}
	return lines
}

// scroll keeps the selected row in view.
func (t *table[R, K]) scroll() {
	if t.page <= 0 {
		return
	}
	t.top = min(t.top, t.index, max(0, len(t.rows)-t.page))
	t.top = max(t.top, t.index-t.page+1, 0)
}

func (t *table[R, K]) header(l *draw.Look, columns []int, flexible, width int) string {
	order := t.order
	line := l.Line(width).PadTo(1)
	start := 0
	for at, i := range columns {
		c := &t.columns[i]
		cells := t.cells(i, flexible)
		start += cells + 1
		if at > 0 {
			line.PadTo(start - cells)
		}
		if c.head != nil {
			c.head(l, line, cells)
			continue
		}
		title, sorted := c.title, order.key != "" && c.key == order.key
		if order.key != "" && c.also == order.key {
			title, sorted = c.alsoTitle, true
		}
		switch {
		case !sorted:
			l.Fit(line, paint.Muted, title, cells, c.right)
		case c.right: // the sign goes into the space between the columns
			l.Fit(line, paint.Accent, title, cells, true)
			line.Text(paint.Accent, t.sign(l))
		default:
			l.Fit(line, paint.Accent, title+t.sign(l), cells, false)
		}
	}
	return line.String()
}

func (t *table[R, K]) cells(column, flexible int) int {
	if t.columns[column].flex {
		return flexible
	}
	return t.widths[column]
}

// row draws a row on a line that is used again for each.
func (t *table[R, K]) row(l *draw.Look, line *paint.Line, i int, columns []int, flexible, width int) string {
	row := &t.rows[i]
	line.Reset()
	barred := t.barred != nil && t.barred(row)
	switch {
	case i != t.index || t.marking == markNothing:
		if barred { // grey is not seen by everybody, nor shown by every terminal
			line.Text(paint.Muted, l.Glyphs.Barred)
		}
		line.PadTo(1)
	case t.marking == markCursor:
		line.Text(paint.Accent, l.Glyphs.Cursor)
	default:
		line.Force(paint.Selection).Text(paint.Selection, l.Glyphs.Cursor)
	}
	for at, i := range columns {
		c := &t.columns[i]
		if at > 0 {
			line.PadTo(line.Width() + 1)
		}
		if c.draw != nil {
			c.draw(l, line, row, t.cells(i, flexible))
			continue
		}
		text, role := c.text(l, row)
		if barred {
			role = paint.Muted
		}
		l.Fit(line, role, text, t.cells(i, flexible), c.right)
	}
	if i == t.index && t.marking == markRow {
		line.PadTo(width)
	}
	return line.String()
}

// motion is a movement of the cursor.
type motion uint8

const (
	lineUp motion = iota
	lineDown
	halfUp
	halfDown
	pageUp
	pageDown
	toFirst
	toLast
)

// move moves the selection.
func (t *table[R, K]) move(m motion) {
	page := max(1, t.page-1)
	half := max(1, t.page/2)
	switch m {
	case lineUp:
		t.moveTo(t.index - 1)
	case lineDown:
		t.moveTo(t.index + 1)
	case halfUp:
		t.moveTo(t.index - half)
	case halfDown:
		t.moveTo(t.index + half)
	case pageUp:
		t.moveTo(t.index - page)
	case pageDown:
		t.moveTo(t.index + page)
	case toFirst:
		t.moveTo(0)
	case toLast:
		t.moveTo(len(t.rows) - 1)
	}
}

// sortOrder is the order of a table.
type sortOrder struct {
	key     string
	reverse bool
}

// sign shows the order behind a column's title: which end of it is on top.
func (t *table[R, K]) sign(l *draw.Look) string {
	if t.order.reverse != t.language().Rising(t.order.key) {
		return l.Glyphs.Up
	}
	return l.Glyphs.Down
}
