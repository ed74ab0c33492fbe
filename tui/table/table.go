// Package table is the one table of the screens: a registry of columns for rows
// of a kind, sorted, filtered and with a cursor that stays on its row whatever
// happens to the order. A Listing is a table whatever its rows are; sections are
// tables below each other with one cursor.
package table

import (
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

// Marking is how a table shows which row is selected.
type Marking uint8

const (
	MarkRow     Marking = iota // the whole row, and a cursor before it
	MarkCursor                 // a cursor before it
	MarkNothing                // nothing is selected
)

// Table shows rows and keeps one of them selected by its identity K, whatever
// happens to the order.
type Table[R any, K comparable] struct {
	Columns  []Column[R]
	Identity func(*R) K
	Marking  Marking
	Barred   func(*R) bool // rows that are out of reach; nil = none

	Name    string            // what it is called in settings and on the screen
	One     string            // what a row is called
	Example string            // of a filter, for people
	Natural string            // the sort order in which its rows come, if it is one
	More    []query.Field[R]  // what it is filtered by beside its columns
	Words   func(*R) []string // what a bare text of a filter looks into; nil: the words of the fields
	Fields  *query.Fields[R]  // in the place of Columns and More, if set
	Order   SortOrder
	Filter  string // see FilterBy
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
