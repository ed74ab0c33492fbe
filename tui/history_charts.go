package tui

import (
	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Sizes from which the history has room for charts, and for more than one.
const (
	chartWidth      = 44  // else a line each
	chartHeight     = 8   // also of the least chart with its head
	besideWidth     = 104 // for the free blocks beside the charts
	smallWidth      = 36  // of a small chart
	smallHeight     = 6   // with its name
	mainLeast       = 9   // rows of the main chart where there are small ones
	histogramMost   = 64  // cells for the free blocks
	histogramHeight = 6   // rows for the free blocks below
)

// render implements view.
func (v *historyView) render(w *world, width, height int) []string {
	l, s := w.look, &v.of
	if s.marks == nil {
		return []string{"", l.Text(paint.Warn, " No GPU: "+reasonWithoutGPU(w.snapshot), width)}
	}
	if s.series == nil {
		return []string{"", l.Text(paint.Muted, " "+s.name+": nothing is remembered yet.", width)}
	}
	if width < chartWidth || height < chartHeight {
		return v.renderLines(w, width, height)
	}
	plot := v.plot(l)
	v.cells = plot.PlotWidth(v.chartsWidth(width))
	head := v.head(w, width, height)
	left := height - len(head)
	switch {
	case s.gpu || !s.walked && len(s.small) == 0:
		return append(head, v.charts(w, width, left)...)
	case width >= besideWidth:
		charts := v.charts(w, v.chartsWidth(width), left)
		free := freeLines(l, s, width-v.chartsWidth(width)-2, left)
		return append(head, beside(charts, free, v.chartsWidth(width)+2)...)
	case left < chartHeight+histogramHeight:
		return append(head, v.charts(w, width, left)...)
	}
	below := max(histogramHeight, left*2/5)
	charts := v.charts(w, width, left-below)
	return append(append(head, charts...), freeLines(l, s, width, below)...)
}

// chartsWidth is what the charts have of a width, beside the free blocks.
func (v *historyView) chartsWidth(width int) int {
	if v.of.gpu || width < besideWidth || !v.of.walked && len(v.of.small) == 0 {
		return width
	}
	return width - min(width*2/5, histogramMost)
}

// frame lays the window out in at most so many cells, up to the moment shown.
func (w *world) frame(cells int) history.Frame { return w.window.Frame(cells, w.snapshot.At) }

// plot is a chart of sizes without anything in it.
func (v *historyView) plot(l *draw.Look) paint.Chart {
	c := paint.Chart{Scale: 7, Label: func(value float64) string { return axisText(l, value) }, Cursor: -1}
	if l.Unit == draw.UnitBytes {
		c.Scale += draw.BytesExtra + 2
	}
	return c
}

// charts are the main chart and, as far as there is room, a small one for each
// further figure.
func (v *historyView) charts(w *world, width, height int) []string {
	s := &v.of
	across := max(1, min(len(s.small), (width+1)/(smallWidth+1)))
	down := 0
	if len(s.small) > 0 {
		down = min((len(s.small)+across-1)/across, max(height-mainLeast, 0)/smallHeight)
	}
	each := smallHeight
	if down > 0 { // the main chart takes half of what is more than needed
		each += (height - mainLeast - down*smallHeight) / 2 / down
	}
	lines := v.mainChart(w, width, height-down*each)
	for row := range down {
		var line []string
		for column := range across {
			if i := row*across + column; i < len(s.small) {
				from := column * (width + 1) / across
				part := (column+1)*(width+1)/across - 1 - from
				line = beside(line, v.smallChart(w, s.small[i], part, each), from)
			}
		}
		lines = append(lines, line...)
	}
	return lines
}

// mainChart shows what the memory was in, and what happened.
func (v *historyView) mainChart(w *world, width, height int) []string {
	l, s := w.look, &v.of
	c := v.plot(l)
	c.Marked = height >= 4
	if height >= 6 {
		c.Times = timeNames(w.window.Span(), width)
	}
	frame := w.frame(c.PlotWidth(width))
	var values [history.FigureCount][]float64
	for figure := range values {
		values[figure] = s.series.Cells(history.Figure(figure), frame)
	}
	var m heights
	for _, area := range s.areas(l.Glyphs) {
		c.Layers = append(c.Layers, paint.Layer{Role: area.role, Glyph: area.glyph, Tops: make([]float64, frame.Cells())})
		tops := c.Layers[len(c.Layers)-1].Tops
		for cell := range tops {
			for figure := range m {
				m[figure] = -1
				if values[figure] != nil {
					m[figure] = values[figure][cell]
				}
			}
			tops[cell] = area.top(&m)
		}
	}
	c.Marks = chartMarks(s.marks(frame), frame)
	c.Cursor = v.cursorIn(frame)
	return c.Lines(l.Palette, l.Glyphs, width, height)
}

// cursorIn is the cell of the cursor, -1 where there is none.
func (v *historyView) cursorIn(f history.Frame) int {
	if cell, ok := f.Cell(v.cursor); ok && !v.cursor.IsZero() {
		return cell
	}
	return -1
}

// smallChart shows one figure below its name, value and worst value.
func (v *historyView) smallChart(w *world, p pastFigure, width, height int) []string {
	l := w.look
	c := v.plot(l)
	frame := w.frame(c.PlotWidth(width))
	values := v.of.series.Cells(p.figure, frame)
	c.Cursor = v.cursorIn(frame)
	if values != nil {
		c.Layers = []paint.Layer{{Role: p.role, Glyph: l.Glyphs.Of(paint.Used), Tops: values}}
	}
	line := l.Line(width).PadTo(1)
	line.Text(paint.Title, p.name).Text(paint.Text, " "+sizedText(l, v.of.value(p.figure, frame, c.Cursor)))
	if words := worstWords(l, p.figure, values); line.Room() >= len(words) {
		line.Text(paint.Muted, words)
	}
	return append([]string{line.String()}, c.Lines(l.Palette, l.Glyphs, width, height-1)...)
}

// value is a figure in a cell of a frame, or now where the cell is less than 0;
// itself less than 0 where it is unknown.
func (s *subject) value(figure history.Figure, f history.Frame, cell int) float64 {
	if cell < 0 {
		return float64(s.now[figure].Or(-1))
	}
	if values := s.series.Cells(figure, f); values != nil {
		return values[cell]
	}
	return -1
}

// beside puts lines to the right of others, from a column on.
func beside(left, right []string, column int) []string {
	for i, text := range right {
		if i == len(left) {
			left = append(left, "")
		}
		left[i] += spaces(column-ansi.StringWidth(left[i])) + text
	}
	return left
}

func spaces(n int) string {
	const some = "                                                                                "
	text := ""
	for ; n > len(some); n -= len(some) {
		text += some
	}
	return text + some[:max(n, 0)]
}
