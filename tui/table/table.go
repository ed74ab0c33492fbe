// Package table is the one table of the screens: a registry of columns for rows
// of a kind, sorted, filtered and with a cursor that stays on its row whatever
// happens to the order. A Listing is a table whatever its rows are; sections are
// tables below each other with one cursor.
package table

import (
	"slices"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Column is one column of a table of rows R.
type Column[R any] struct {
	// Key is its name in sort orders, filters and settings: it never changes.
	// A column without one is neither chosen nor sorted by.
	Key   string
	Title string
	Help  string         // what it shows, in a few words
	By    query.Value[R] // what it is sorted and filtered by; zero is nothing
	// Also is the key of a second sort order, under which it has another title.
	Also, AlsoTitle string

	Width int // cells, or the least of them when it can grow
	Most  int // grows with its contents up to this; 0 = it does not
	Rank  int // when room is short, the columns of the highest rank go first
	// Ample is up to how many cells it takes of what is left, before the flexible
	// column does.
	Ample int
	// Wish is what the flexible column gets for its contents, if it needs so much,
	// before columns of a rank beyond wishRank are shown.
	Wish int

	Size     bool     // holds sizes, which are wider in bytes
	Flex     bool     // takes what the others leave
	Right    bool     // aligned to the right
	Optional bool     // left out while no row has anything in it
	Idle     []string // texts that alone are no reason to show an optional column
	Picture  bool     // shows no text, and is left out where there are no pictures

	Text func(*draw.Look, *R) (string, paint.Role)
	// Amount is what Text says, in a column of sizes: where it is set, cells are
	// written from it. The role is that of a known size.
	Amount func(*R) (fragcalc.Bytes, paint.Role)
	// Draw replaces text where a cell is more than one run; it writes width
	// cells. head replaces title in the same way.
	Draw func(*draw.Look, *paint.Line, *R, int)
	Head func(*draw.Look, *paint.Line, int)
}

// marking is how a table shows which row is selected.
type marking uint8

const (
	markRow     marking = iota // the whole row, and a cursor before it
	MarkCursor                 // a cursor before it
	MarkNothing                // nothing is selected
)

// Table shows rows and keeps one of them selected by its identity K, whatever
// happens to the order.
type Table[R any, K comparable] struct {
	Columns  []Column[R]
	Identity func(*R) K
	Marking  marking
	Barred   func(*R) bool // rows that are out of reach; nil = none

	Name    string            // what it is called in settings and on the screen
	One     string            // what a row is called
	Example string            // of a filter, for people
	Natural string            // the sort order in which its rows come, if it is one
	More    []query.Field[R]  // what it is filtered by beside its columns
	Words   func(*R) []string // what a bare text of a filter looks into; nil: the words of the fields
	Fields  *query.Fields[R]  // in the place of columns and more, if set
	Order   SortOrder
	Filter  string // see filterBy
	passes  query.Expression[R]
	choices map[string]ColumnChoice // of columns, by their key

	registry []Column[R] // columns as they were before any was moved; nil: none was
	spaced   int         // the column with a space more behind it; -1: none
	drawn    []int       // columns shown when last rendered; nil: they have changed since
	look     *draw.Look  // and how it was rendered
	width    int

	first    bool // the first row is to be selected
	fixed    bool // the cursor stays on its line, not on its row
	Rows     []R
	Selected K
	Index    int // of the selected row
	top      int // first row shown
	Page     int // rows shown when last rendered
	widths   []int
	grown    grown
	extra    []int // what the columns take beyond their widths
	wish     int   // of the flexible column
}

// wishRank is the rank beyond which columns are worth less than a flexible column
// that is not cut.
const wishRank = 16

// grown are the widths that the columns have had while the same list is shown:
// they grow with its contents and never shrink, so that nothing moves about at
// each sample.
type grown struct {
	widths []int // by column
	unit   draw.Unit
}

// Anew says that another list is shown from now on: its columns are measured
// without regard to those before.
func (t *Table[R, K]) Anew() { t.grown.widths = nil }

// Fill replaces the rows by those that pass the filter, in the table's order.
func (t *Table[R, K]) Fill(l *draw.Look, rows []R) { t.Set(l, t.Arrange(rows)) }

// Set replaces the rows. The selected row stays selected, or its line does;
// when the row is gone, the one that took its place is.
func (t *Table[R, K]) Set(l *draw.Look, rows []R) {
	t.Rows = rows
	t.measure(l)
	if t.first {
		t.first = false
		t.MoveTo(0)
		return
	}
	if t.fixed || !t.Find(t.Selected) {
		t.MoveTo(t.Index)
	}
}

// Find selects the row of an identity.
func (t *Table[R, K]) Find(id K) bool {
	for i := range t.Rows {
		if t.Identity(&t.Rows[i]) == id {
			t.Selected, t.Index = id, i
			return true
		}
	}
	return false
}

// MoveTo selects the row at an index, or the nearest one there is.
func (t *Table[R, K]) MoveTo(index int) {
	t.Index = max(0, min(index, len(t.Rows)-1))
	if len(t.Rows) > 0 {
		t.Selected = t.Identity(&t.Rows[t.Index])
	}
}

// Current is the selected row.
func (t *Table[R, K]) Current() (*R, bool) {
	if len(t.Rows) == 0 {
		return nil, false
	}
	return &t.Rows[t.Index], true
}

// measure fixes the widths of the columns that grow with their contents.
func (t *Table[R, K]) measure(l *draw.Look) {
	t.widths, t.wish = make([]int, len(t.Columns)), 0
	if t.grown.widths == nil || t.grown.unit != l.Unit {
		t.grown = grown{make([]int, len(t.Columns)), l.Unit}
	}
	used := make([]bool, len(t.Columns))
	growing := make([]int, 0, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		if t.choice(c) == ColumnNever {
			continue
		}
		t.widths[i] = c.Width
		if c.Size && l.Unit == draw.UnitBytes {
			t.widths[i] += draw.BytesExtra
		}
		for row := 0; c.Wish > 0 && row < len(t.Rows) && t.wish < c.Wish; row++ {
			text, _ := c.Text(l, &t.Rows[row])
			t.wish = max(t.wish, min(paint.Width(text), c.Wish))
		}
		if c.Most > 0 {
			used[i] = !c.Optional || t.choice(c) == ColumnAlways
			growing = append(growing, i)
		}
	}
	measured := slices.Clone(growing)
	for row := range t.Rows { // each once for all columns: thousands of rows are far apart in memory
		growing = slices.DeleteFunc(growing, func(i int) bool {
			c := &t.Columns[i]
			text, _ := c.Text(l, &t.Rows[row])
			if text == l.Glyphs.Dash { // nothing, and never the widest
				return false
			}
			t.widths[i] = max(t.widths[i], min(paint.Width(text), c.Most))
			used[i] = used[i] || !slices.Contains(c.Idle, text)
			return used[i] && t.widths[i] >= c.Most // nothing more can be learnt
		})
	}
	for _, i := range measured {
		if !used[i] {
			t.widths[i] = 0
			continue
		}
		t.widths[i] = max(t.widths[i], t.grown.widths[i])
		t.grown.widths[i] = t.widths[i]
	}
}

// chosen are the indices of the columns that fit into width, and the width of
// the flexible one.
func (t *Table[R, K]) chosen(width int) (columns []int, flexible int) {
	columns = make([]int, 0, len(t.Columns))
	for i := range t.Columns {
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
			if t.Columns[i].Flex {
				least = t.widths[i]
			}
			if t.rank(i) >= t.rank(columns[worst]) {
				worst = at
			}
		}
		cut := least > 0 && least+width-taken+1 < t.wish && t.rank(columns[worst]) > wishRank
		if taken-1 <= width && !cut || len(columns) == 1 {
			return columns, max(least, least+width-taken+1)
		}
		columns = append(columns[:worst:worst], columns[worst+1:]...)
	}
}

// rank is the rank of a column: none that the user wants goes before those left
// to the program.
func (t *Table[R, K]) rank(column int) int {
	if c := &t.Columns[column]; t.choice(c) != ColumnAlways {
		return c.Rank
	}
	return 0
}

// fitted are the columns that are drawn on width cells, and the width of the
// flexible one.
func (t *Table[R, K]) fitted(l *draw.Look, width int) (columns []int, flexible int) {
	t.look, t.width = l, width
	if t.widths == nil {
		t.measure(l)
	}
	t.drawn, flexible = t.chosen(width)
	t.extra = slices.Grow(t.extra[:0], len(t.Columns))[:len(t.Columns)]
	clear(t.extra)
	left := flexible
	for _, i := range t.drawn {
		if t.Columns[i].Flex {
			left -= t.widths[i]
		}
	}
	for _, i := range t.drawn {
		if more := min(t.Columns[i].Ample-t.widths[i], left); more > 0 {
			t.extra[i] = more
			left -= more
			flexible -= more
		}
	}
	return t.drawn, t.widen(l, t.drawn, flexible)
}

// Render draws the header, if asked for, and as many rows as fit.
func (t *Table[R, K]) Render(l *draw.Look, width, height int, header bool) []string {
	if height <= 0 || width <= 0 {
		return nil
	}
	columns, flexible := t.fitted(l, width)
	lines := make([]string, 0, height)
	if header {
		lines = append(lines, t.header(l, columns, flexible, width))
	}
	if len(t.Rows) == 0 && t.Filter != "" && len(lines) < height {
		lines = append(lines, l.Text(paint.Muted, " No "+t.One+" matches the filter. Esc clears it.", width))
	}
	t.Page = height - len(lines)
	t.scroll()
	line := l.Line(width)
	for i := t.top; i < len(t.Rows) && len(lines) < height; i++ {
		lines = append(lines, t.row(l, line, i, columns, flexible, width))
	}
	return lines
}

// scroll keeps the selected row in view.
func (t *Table[R, K]) scroll() {
	if t.Page <= 0 {
		return
	}
	t.top = min(t.top, t.Index, max(0, len(t.Rows)-t.Page))
	t.top = max(t.top, t.Index-t.Page+1, 0)
}

func (t *Table[R, K]) header(l *draw.Look, columns []int, flexible, width int) string {
	line := l.Line(width).PadTo(1)
	start := 0
	for at, i := range columns {
		c := &t.Columns[i]
		cells := t.cells(i, flexible)
		if at > 0 {
			start += t.behind(columns[at-1])
		} else {
			start++
		}
		line.PadTo(start)
		start += cells
		if c.Head != nil {
			c.Head(l, line, cells)
			continue
		}
		role := paint.Muted
		if t.sorted(i) {
			role = paint.Accent
		}
		title, outside := t.title(l, i, cells)
		if outside { // the sign goes into the space between the columns
			sign := t.sign(l)
			l.Fit(line, role, strings.TrimSuffix(title, sign), cells, true)
			line.Text(role, sign)
			continue
		}
		l.Fit(line, role, title, cells, c.Right)
	}
	return line.String()
}

// sorted tells whether the rows are in a column's order.
func (t *Table[R, K]) sorted(column int) bool {
	c := &t.Columns[column]
	return t.Order.Key != "" && (c.Key == t.Order.Key || c.Also == t.Order.Key)
}

// title is the heading of a column, with the sign of the order where it is in that.
// outside tells that the sign has no room in the column, and stands behind it.
func (t *Table[R, K]) title(l *draw.Look, column, cells int) (text string, outside bool) {
	c := &t.Columns[column]
	if !t.sorted(column) || c.Head != nil {
		return c.Title, false
	}
	if text = c.Title; c.Key != t.Order.Key {
		text = c.AlsoTitle
	}
	return text + t.sign(l), c.Right && paint.Width(text) >= cells
}

// widen finds the column behind which a sign would touch the next heading, and
// takes a cell for a space from the flexible column, if that can spare one.
func (t *Table[R, K]) widen(l *draw.Look, columns []int, flexible int) int {
	t.spaced = -1
	for at, i := range columns[:max(len(columns)-1, 0)] {
		next := columns[at+1]
		if _, outside := t.title(l, i, t.cells(i, flexible)); !outside {
			continue
		}
		text, _ := t.title(l, next, t.cells(next, flexible))
		touches := !t.Columns[next].Right || paint.Width(text) >= t.cells(next, flexible)
		for _, j := range columns {
			if c := &t.Columns[j]; touches && c.Flex && flexible > t.widths[j] {
				t.spaced = i
				return flexible - 1
			}
		}
	}
	return flexible
}

// behind is the space behind a column.
func (t *Table[R, K]) behind(column int) int {
	if column == t.spaced {
		return 2
	}
	return 1
}

func (t *Table[R, K]) cells(column, flexible int) int {
	if t.Columns[column].Flex {
		return flexible
	}
	return t.widths[column] + t.extra[column]
}

// row draws a row on a line that is used again for each.
func (t *Table[R, K]) row(l *draw.Look, line *paint.Line, i int, columns []int, flexible, width int) string {
	row := &t.Rows[i]
	line.Reset()
	barred := t.Barred != nil && t.Barred(row)
	switch {
	case i != t.Index || t.Marking == MarkNothing:
		if barred { // grey is not seen by everybody, nor shown by every terminal
			line.Text(paint.Muted, l.Glyphs.Barred)
		}
		line.PadTo(1)
	case t.Marking == MarkCursor:
		line.Text(paint.Accent, l.Glyphs.Cursor)
	default:
		line.Force(paint.Selection).Text(paint.Selection, l.Glyphs.Cursor)
	}
	for at, i := range columns {
		c := &t.Columns[i]
		if at > 0 {
			line.PadTo(line.Width() + t.behind(columns[at-1]))
		}
		if c.Draw != nil {
			c.Draw(l, line, row, t.cells(i, flexible))
			continue
		}
		if c.Amount != nil {
			size, role := c.Amount(row)
			if barred {
				role = paint.Muted
			}
			l.FitSize(line, role, size, t.cells(i, flexible))
			continue
		}
		text, role := c.Text(l, row)
		if barred {
			role = paint.Muted
		}
		l.Fit(line, role, text, t.cells(i, flexible), c.Right)
	}
	if i == t.Index && t.Marking == markRow {
		line.PadTo(width)
	}
	return line.String()
}

// Motion is a movement of the cursor.
type Motion uint8

const (
	LineUp Motion = iota
	LineDown
	HalfUp
	HalfDown
	PageUp
	PageDown
	ToFirst
	ToLast
)

// Move moves the selection.
func (t *Table[R, K]) Move(m Motion) {
	page := max(1, t.Page-1)
	half := max(1, t.Page/2)
	switch m {
	case LineUp:
		t.MoveTo(t.Index - 1)
	case LineDown:
		t.MoveTo(t.Index + 1)
	case HalfUp:
		t.MoveTo(t.Index - half)
	case HalfDown:
		t.MoveTo(t.Index + half)
	case PageUp:
		t.MoveTo(t.Index - page)
	case PageDown:
		t.MoveTo(t.Index + page)
	case ToFirst:
		t.MoveTo(0)
	case ToLast:
		t.MoveTo(len(t.Rows) - 1)
	}
}

// SortOrder is the order of a table.
type SortOrder struct {
	Key     string
	Reverse bool
}

// sign shows the order behind a column's title: which end of it is on top.
func (t *Table[R, K]) sign(l *draw.Look) string {
	if t.Order.Reverse != t.language().Rising(t.Order.Key) {
		return l.Glyphs.Up
	}
	return l.Glyphs.Down
}
