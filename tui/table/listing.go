package table

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/query"
)

// Listing is a table, whatever its rows are: what is sorted, filtered and has
// its columns chosen. *table is the one implementation.
type Listing interface {
	// About is what the table is called, and one of its rows.
	About() (name, row string)
	Hint() string // what a filter of it may be
	// FieldNames are those that a filter may compare and that begin with a text.
	FieldNames(beginning string) []string
	Orders() []query.Key
	Ordered() SortOrder
	Usual() SortOrder // the order of a list that nobody has sorted
	SortBy(SortOrder)
	SelectFirst() // once the rows are in order
	// Beside is the sort order of the nearest column to one side that has one.
	Beside(by int) string
	Filtered() string // the text of the filter; empty shows all
	// FilterBy sets a filter; a text that is none leaves the filter as it is.
	FilterBy(text string) error
	Stays() bool // the cursor stays on its line when the order changes
	SetStays(bool)
	Cycle(by int) // selects a row further on, from the last on to the first
	ColumnStates() []ColumnState
	ChooseColumn(key string, choice ColumnChoice)
	MoveColumn(key string, by int)
	ResetColumns()
	ColumnSettings() []string
	SetColumns([]string) (unknown []string)
}

// Arrange is the rows that pass the filter, in the table's order.
func (t *Table[R, K]) Arrange(rows []R) []R {
	if t.Filter != "" {
		passing := make([]R, 0, len(rows))
		for i := range rows {
			if t.passes.Match(&rows[i]) {
				passing = append(passing, rows[i])
			}
		}
		rows = passing
	}
	if t.Order.Key != "" && t.Order != (SortOrder{Key: t.Natural}) {
		t.language().Sort(rows, t.Order.Key, t.Order.Reverse)
	}
	return rows
}

// language are the fields that the table is filtered and sorted by: those of
// its columns, unless it was given others.
func (t *Table[R, K]) language() *query.Fields[R] {
	if t.Fields == nil {
		var fields []query.Field[R]
		for i := range t.Columns {
			if c := &t.Columns[i]; c.Key != "" && c.By.Comparable() {
				field := query.Field[R]{Name: c.Key, Help: c.Help, Key: true, Value: c.By}
				if heading := strings.ReplaceAll(strings.ToLower(c.Title), " ", "-"); heading != c.Key {
					field.Also = []string{heading}
				}
				fields = append(fields, field)
			}
		}
		t.Fields = query.NewFields(append(fields, t.More...), t.Words)
	}
	return t.Fields
}

func (t *Table[R, K]) About() (name, row string) { return t.Name, t.One }

func (t *Table[R, K]) Hint() string {
	const named = 4
	keys := t.Orders()
	if t.Example != "" || len(keys) == 0 {
		return t.Example
	}
	return "a text, or a comparison of " + KeyList(keys[:min(len(keys), named)])
}

func (t *Table[R, K]) FieldNames(beginning string) []string { return t.language().Beginning(beginning) }

func (t *Table[R, K]) Orders() []query.Key { return t.language().Keys() }

func (t *Table[R, K]) Ordered() SortOrder { return t.Order }

func (t *Table[R, K]) Usual() SortOrder { return SortOrder{Key: t.Natural} }

func (t *Table[R, K]) SortBy(order SortOrder) { t.Order = order }

func (t *Table[R, K]) SelectFirst() { t.first = true }

func (t *Table[R, K]) Beside(by int) string {
	var keys []string
	at := -1
	for _, c := range t.Columns {
		for _, key := range [...]string{c.Key, c.Also} {
			if key == "" || !t.language().HasKey(key) {
				continue
			}
			if key == t.Order.Key {
				at = len(keys)
			}
			keys = append(keys, key)
		}
	}
	switch {
	case len(keys) == 0:
		return t.Order.Key
	case at < 0:
		return keys[0]
	}
	return keys[(at+by+len(keys))%len(keys)]
}

func (t *Table[R, K]) Stays() bool { return t.fixed }

func (t *Table[R, K]) SetStays(stays bool) { t.fixed = stays }

func (t *Table[R, K]) Filtered() string { return t.Filter }

func (t *Table[R, K]) FilterBy(text string) error {
	passes, err := t.language().Parse(text)
	if err != nil {
		return err
	}
	if text != t.Filter {
		t.Anew()
	}
	t.Filter, t.passes = text, passes
	return nil
}

func (t *Table[R, K]) Cycle(by int) {
	if n := len(t.Rows); n > 0 {
		t.MoveTo(((t.Index+by)%n + n) % n)
	}
}

// KeyList names sort orders.
func KeyList(keys []query.Key) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return strings.Join(names, ", ")
}
