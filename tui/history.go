package tui

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// historyHeight is the height of a process's view from which its history has
// room for two lines.
const historyHeight = 28

// historyLines show the last minutes of a process: reserved and stranded bytes,
// each with its highest value.
func historyLines(w *world, p *fragcalc.Process, width int) []string {
	const label, most = 22, 15
	l := w.look
	frame := w.frame(width - label - most)
	series := w.trends.Row(p.RowID)
	var lines []string
	for _, row := range [...]pastFigure{{"reserved", history.Reserved, paint.Text}, {"stranded", history.Stranded, paint.Stranded}} {
		values := series.Cells(row.figure, frame)
		if values == nil {
			continue
		}
		line := l.Line(width).PadTo(1)
		name := "last " + spanWords(w.window.Span()) + ": "
		if len(lines) > 0 {
			name = spaces(len(name))
		}
		l.Fit(line, paint.Muted, name+row.name, label-1, false)
		line.Text(row.role, l.Glyphs.SparkLine(values))
		lines = append(lines, line.Text(paint.Muted, worstWords(l, row.figure, values)).String())
	}
	return lines
}
