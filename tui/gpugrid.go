package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Parts of a device in the grid: its number, a bar that takes what is left, and
// two sizes.
const (
	gridIndex = 3
	gridSize  = 6
	gridLeast = 1 + gridIndex + 1 + 8 + 1 + gridSize + 1 + gridSize
)

// gridColumns is how many devices stand side by side so that all of them, and a
// header, take no more than so many lines; 0 where that is not possible.
func gridColumns(devices, width, lines int) int {
	for columns := 1; columns <= (width+1)/(gridLeast+1); columns++ {
		if (devices+columns-1)/columns+1 <= lines {
			return columns
		}
	}
	return 0
}

// gpuGrid draws devices in columns, downwards first, each with its bar and what
// of it is stranded and free.
func gpuGrid(l *draw.Look, rows []gpuRow, selected, columns, width int) []string {
	each := (width+1)/columns - 1
	bar := each - (gridLeast - 8)
	height := (len(rows) + columns - 1) / columns
	head := l.Line(width)
	for c := range columns {
		head.PadTo(c*(each+1) + 1)
		l.Fit(head, paint.Muted, "GPU", gridIndex, true)
		head.PadTo(head.Width() + 1)
		legend(l, head, bar-2)
		l.Fit(head, paint.Muted, "STRANDED", gridSize+3, true)
		l.Fit(head, paint.Muted, "FREE", gridSize+1, true)
	}
	lines := []string{head.String()}
	for row := range height {
		line := l.Line(width)
		for c := range columns {
			i := c*height + row
			if i >= len(rows) {
				break
			}
			line.PadTo(c * (each + 1))
			if i == selected {
				line.Text(paint.Accent, l.Glyphs.Cursor)
			}
			line.PadTo(c*(each+1) + 1)
			drawGridCell(l, line, &rows[i], bar)
		}
		lines = append(lines, line.String())
	}
	return lines
}

func drawGridCell(l *draw.Look, line *paint.Line, r *gpuRow, bar int) {
	l.Fit(line, paint.Title, strconv.Itoa(r.Index), gridIndex, true)
	line.PadTo(line.Width() + 1)
	drawGPUBar(l, line, r, bar)
	for _, state := range [...]paint.Role{paint.Stranded, paint.Free} {
		text, role := r.memory.text(l, []paint.Role{state})
		l.Fit(line, role, text, gridSize+1, true)
	}
}
