package table

import (
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Cut tells whether the flexible column of the selected row says more than there
// is room for on width cells.
func (t *Table[R, K]) Cut(l *draw.Look, width int) bool {
	row, ok := t.Current()
	if !ok {
		return false
	}
	columns, flexible := t.fitted(l, width)
	for _, i := range columns {
		if c := &t.Columns[i]; c.Flex && c.Text != nil {
			text, _ := c.Text(l, row)
			return paint.Width(text) > flexible
		}
	}
	return false
}
