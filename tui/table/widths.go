package table

import (
	"slices"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

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
