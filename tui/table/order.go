package table

import (
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

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

// sorted tells whether the rows are in a column's order.
func (t *Table[R, K]) sorted(column int) bool {
	c := &t.Columns[column]
	return t.Order.Key != "" && (c.Key == t.Order.Key || c.Also == t.Order.Key)
}
