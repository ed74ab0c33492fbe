package tui

import (
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// cell is one cell of a memory map. It shows the state that most of its bytes
// are in, and says so when there are others. The zero cell is a gap.
type cell struct {
	state  paint.Role
	glyph  rune
	marked bool // under the cursor
}

// cells draws runs on n cells of equal size; total is the runs' bytes. It
// calls for each cell in turn.
func cells(glyphs *paint.Glyphs, runs []run, total int64, n int, out []cell) []cell {
	if total <= 0 || n <= 0 {
		return out
	}
	var inside sizes
	done := 0          // cells finished
	var position int64 // bytes before the current run
	end := boundary(total, n, 1)
	for _, r := range runs {
		left := r.size
		for left > 0 {
			take := min(left, end-position)
			inside.add(run{take, r.state})
			position += take
			left -= take
			if position == end && done < n {
				out = append(out, summarise(glyphs, &inside))
				inside = sizes{}
				done++
				end = boundary(total, n, done+1)
			}
		}
	}
	return out
}

// boundary is where the cell i of n ends; cells of nothing are avoided by
// giving each at least one byte of total, which callers make sure of.
func boundary(total int64, n, i int) int64 {
	if i > n {
		return total + 1
	}
	whole, rest := total/int64(n), total%int64(n)
	return whole*int64(i) + rest*int64(i)/int64(n)
}

// summarise chooses the sign and colour of a cell that holds these bytes.
// Rounding inside live blocks does not make a cell a mixed one: it is there in
// nearly every block.
func summarise(glyphs *paint.Glyphs, inside *sizes) cell {
	most, kinds := paint.Used, 0
	for state := paint.Used; state <= paint.Free; state++ {
		size := inside.of(state)
		if size == 0 {
			continue
		}
		if state != paint.Rounding || inside.of(paint.Used)+inside.of(paint.Pending) == 0 {
			kinds++
		}
		if size > inside.of(most) {
			most = state
		}
	}
	if kinds <= 1 {
		return cell{state: most, glyph: glyphs.Of(most)}
	}
	live := inside.of(paint.Used) + inside.of(paint.Rounding) + inside.of(paint.Pending)
	if 2*live >= inside.total() {
		return cell{state: most, glyph: glyphs.MostlyLive}
	}
	return cell{state: most, glyph: glyphs.MostlyFree}
}

// drawCells appends cells to a line, one run a style and sign.
func drawCells(line *paint.Line, cells []cell) {
	for i := 0; i < len(cells); {
		j := i + 1
		for j < len(cells) && cells[j] == cells[i] {
			j++
		}
		switch c := cells[i]; {
		case c.glyph == 0:
			line.Repeat(paint.Text, ' ', j-i)
		case c.marked:
			line.Repeat(paint.Selection, c.glyph, j-i)
		default:
			line.Repeat(c.state, c.glyph, j-i)
		}
		i = j
	}
}
