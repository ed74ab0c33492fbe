package table

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

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
	if i == t.Index && t.Marking == MarkRow {
		line.PadTo(width)
	}
	return line.String()
}
