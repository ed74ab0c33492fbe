package tui

import (
	"slices"
	"strconv"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Heights from which the lines above the charts have room.
const (
	valuesHeight = 10
	marksHeight  = 14
)

// head says what is shown, what was at the cursor, and what happened there or
// last.
func (v *historyView) head(w *world, width, height int) []string {
	l, s := w.look, &v.of
	frame := v.frame(w)
	marks := s.marks(frame)
	cell := v.cursorIn(frame)
	line := l.Line(width).PadTo(1).Text(paint.Title, s.name)
	if cell >= 0 && height < valuesHeight { // no line tells of it
		line.Text(paint.Accent, l.Glyphs.Dot+v.clock(w, frame.Begin(cell)))
	} else {
		line.Text(paint.Muted, l.Glyphs.Dot+"last "+spanWords(w.window.Span()))
	}
	var counts [history.KindCount]int64
	for _, mark := range marks {
		counts[mark.Kind] += mark.Count
	}
	for kind, count := range counts {
		sign, words := markSigns[kind], " "+markWords(history.Kind(kind), count)
		if count > 0 && line.Room() >= 3+len(words) {
			line.Text(paint.Text, "  ").Text(sign.role, string(sign.sign)).Text(paint.Text, words)
		}
	}
	if text := "in steps of " + spanWords(frame.CellSpan()); line.Room() > len(text)+3 {
		line.Text(paint.Muted, l.Glyphs.Dot+text)
	}
	lines := []string{line.String()}
	if height >= valuesHeight {
		lines = append(lines, v.values(w, cell, width))
	}
	if height >= marksHeight {
		lines = append(lines, v.happened(w, marks, cell, width))
	}
	return lines
}

// clock is the time of day, where the snapshot was taken.
func (v *historyView) clock(w *world, at time.Time) string {
	return at.In(w.snapshot.At.Location()).Format(time.TimeOnly)
}

// values are the figures at the cursor, or now, and the legend of the main chart.
func (v *historyView) values(w *world, cell, width int) string {
	const roomy = 100
	l, s := w.look, &v.of
	gap := 1
	if width >= roomy {
		gap = 2
	}
	line := l.Line(width).PadTo(1)
	m := s.present()
	if cell >= 0 {
		frame := v.frame(w)
		m = s.at(frame, cell)
		line.Text(paint.Accent, v.clock(w, frame.Begin(cell)))
	} else {
		line.Text(paint.Muted, "now")
	}
	below := 0.0
	for _, area := range s.areas(l.Glyphs) {
		own := -1.0
		if top := area.top(&m); top >= 0 {
			own = max(top-below, 0)
			below = max(below, top)
		}
		if area.figure != history.FigureCount { // as it is, not cut to what was reserved
			own = m[area.figure]
		}
		text := " " + area.name + " " + sizedText(l, own)
		if line.Room() >= paint.Width(text)+gap+1 {
			line.PadTo(line.Width()+gap).Repeat(area.role, area.glyph, 1).Text(paint.Text, text)
		}
	}
	if s.whole != history.FigureCount {
		if text := spaces(gap) + "of " + sizedText(l, m[s.whole]); line.Room() >= paint.Width(text) {
			line.Text(paint.Text, text)
		}
	}
	for _, p := range s.lines {
		switch p.figure {
		case history.Slack, history.LargestFree, history.DeviceFree:
			if text := l.Glyphs.Dot + p.name + " " + sizedText(l, m[p.figure]); line.Room() >= paint.Width(text) {
				line.Text(paint.Muted, text)
			}
		}
	}
	return line.String()
}

// happened is what happened at the cursor, or last; or that nothing did.
func (v *historyView) happened(w *world, marks []history.Mark, cell, width int) string {
	l := w.look
	if cell >= 0 {
		frame := v.frame(w)
		marks = slices.DeleteFunc(marks, func(m history.Mark) bool {
			at, _ := frame.Cell(m.At)
			return at != cell
		})
	}
	if len(marks) == 0 {
		return l.Text(paint.Muted, " no OOM, retry or release in this time", width)
	}
	shown := marks[len(marks)-1]
	for _, mark := range marks { // of a cell, the gravest
		if cell >= 0 && mark.Kind < shown.Kind {
			shown = mark
		}
	}
	sign := markSigns[shown.Kind]
	line := l.Line(width).PadTo(1).Text(sign.role, string(sign.sign))
	text := " " + v.clock(w, shown.At) + " "
	if shown.PID != 0 {
		text += strconv.Itoa(shown.PID) + ": "
	}
	text += orElse(shown.Text, markWords(shown.Kind, shown.Count))
	text += moreMarks(marks, shown)
	return line.Text(paint.Text, paint.Truncate(text, line.Room(), l.Glyphs.Ellipsis)).String()
}

// renderLines shows a line for each figure, where there is no room for charts:
// what it is now, and its worst.
func (v *historyView) renderLines(w *world, width, height int) []string {
	l, s := w.look, &v.of
	name, value, worst := 12, 7, 11
	if l.Unit == draw.UnitBytes {
		value, worst = value+draw.BytesExtra, worst+draw.BytesExtra
	}
	if width < 1+name+value+worst { // the figure itself is worth most
		worst = 0
	}
	name = max(min(name, width-1-value), 0)
	value = min(value, width-1)
	plot := max(width-1-name-value-worst, 0)
	v.cells = max(plot, 1)
	frame := v.frame(w)
	var lines []string
	if height >= 3 {
		lines = append(lines, v.head(w, width, 1)...)
	}
	for _, p := range s.lines {
		values := s.series.Cells(p.figure, frame)
		line := l.Line(width).PadTo(1)
		l.Fit(line, paint.Muted, p.name, name, false)
		spark := ""
		if values != nil && plot > 0 {
			spark = l.Glyphs.SparkLine(values)
		}
		l.Fit(line, p.role, spark, plot, true)
		l.Fit(line, paint.Text, sizedText(l, s.value(p.figure, frame, v.cursorIn(frame))), value, true)
		l.Fit(line, paint.Muted, worstShort(l, p.figure, values), worst, true)
		lines = append(lines, line.String())
	}
	return draw.Fill(lines, height)
}
