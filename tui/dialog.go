package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// dialog is a pane over the view. It takes all keys while it is open; it ends
// by setting the app's dialog to nil.
type dialog interface {
	key(a *app, message tea.KeyMsg) tea.Cmd
	// content is the title and the lines inside the frame, at most width cells
	// wide and height lines high.
	content(a *app, width, height int) (title string, lines []string)
}

// wideDialog is a dialog that uses more than the usual width where there is room.
type wideDialog interface{ widest() int }

// frame draws lines in a box with a title, inner cells wide inside.
func frame(l *draw.Look, title string, lines []string, inner int) []string {
	box := l.Glyphs.Box
	top := l.Line(inner+4).Repeat(paint.Border, box.TopLeft, 1).Repeat(paint.Border, box.Horizontal, 1)
	top.Text(paint.Title, " "+paint.Truncate(title, inner-2, l.Glyphs.Ellipsis)+" ")
	top.Repeat(paint.Border, box.Horizontal, inner+3-top.Width()).Repeat(paint.Border, box.TopRight, 1)
	framed := []string{top.String()}
	side := l.Line(1).Repeat(paint.Border, box.Vertical, 1).String()
	for _, line := range lines {
		padding := strings.Repeat(" ", max(0, inner-ansi.StringWidth(line)))
		framed = append(framed, side+" "+line+padding+" "+side)
	}
	bottom := l.Line(inner+4).Repeat(paint.Border, box.BottomLeft, 1).Repeat(paint.Border, box.Horizontal, inner+2)
	return append(framed, bottom.Repeat(paint.Border, box.BottomRight, 1).String())
}

// overlay draws a dialog in the middle of lines. Where there is no room for a
// frame, the dialog takes the place of the lines.
func overlay(a *app, lines []string, width int) []string {
	const frameWidth, frameHeight, widest = 4, 2, 72
	height := len(lines)
	if width < 24 || height < 9 {
		_, content := a.dialog.content(a, width, height)
		return draw.Fill(content, height)
	}
	most := widest
	if wide, ok := a.dialog.(wideDialog); ok {
		most = wide.widest()
	}
	inner := min(width-frameWidth, most)
	title, content := a.dialog.content(a, inner, height-frameHeight)
	box := frame(a.world.look, title, content, inner)
	left := (width - inner - frameWidth) / 2
	first := (height - len(box)) / 2
	for i, line := range box {
		lines[first+i] = splice(lines[first+i], line, left, inner+frameWidth)
	}
	return lines
}

// splice puts a box's line over width cells of a line, from a column on.
func splice(line, over string, column, width int) string {
	left, _ := paint.Cut(line, column)
	_, right := paint.Cut(line, column+width)
	style := resetStyle(line)
	return left + style + spaces(column-ansi.StringWidth(line)) + over + right + style
}

// resetStyle ends the styles of a line that has any.
func resetStyle(line string) string {
	if strings.Contains(line, "\x1b") {
		return "\x1b[m"
	}
	return ""
}
