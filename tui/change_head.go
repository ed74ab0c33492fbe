package tui

import (
	"strconv"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/change"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// intervalLine says what is compared, and how to compare something else.
func intervalLine(l *draw.Look, i *interval, width int) string {
	line := l.Line(width).PadTo(1).Text(paint.Title, "Change")
	words := " " + i.words()
	if age := ", " + units.Age(i.after.at.Sub(i.before.at)); line.Room() >= len(words)+len(age) {
		words += age
	}
	if line.Room() < len(words) { // what is compared matters more than which of them is shown
		words = " from " + i.before.at.Format(time.TimeOnly) + " to " + i.after.at.Format(time.TimeOnly)
	}
	fitEnd(l, line, paint.Text, words)
	if !i.marked && line.Room() > len(markHint)+3 {
		line.Text(paint.Muted, l.Glyphs.Dot+markHint)
	}
	return line.String()
}

// markHint is how to compare with another moment than the walk before.
const markHint = "m marks a moment to compare with"

// Widths of the figures of both moments.
const (
	figureName  = 12
	figureValue = 6
	figureBy    = 7
)

// figureLines are the figures before, after and their difference, in as many
// columns as there is room for, and what does not fit into height left out.
func figureLines(l *draw.Look, figures []change.Figure, width, height int) []string {
	value, by := figureValue, figureBy
	if l.Unit == draw.UnitBytes {
		value += draw.BytesExtra
		by += draw.BytesExtra
	}
	each := figureName + 2*(value+1) + by + 1
	columns := max(1, (width-1+gridGap)/(each+gridGap))
	columns = min(columns, len(figures))
	var lines []string
	cell := func(line *paint.Line, i int) {
		if i > 0 {
			line.PadTo(line.Width() + gridGap)
		}
	}
	column := func(line *paint.Line, role paint.Role, text string, cells int) {
		line.PadTo(line.Width() + 1)
		l.Fit(line, role, text, cells, true)
	}
	if rows := (len(figures) + columns - 1) / columns; height > 2 || height > rows {
		line := l.Line(width).PadTo(1)
		for i := range columns {
			cell(line, i)
			l.Fit(line, paint.Muted, "", figureName, false)
			column(line, paint.Muted, "BEFORE", value)
			column(line, paint.Muted, "AFTER", value)
			column(line, paint.Muted, "CHANGE", by)
		}
		lines = append(lines, line.String())
	}
	for start := 0; start < len(figures) && len(lines) < height; start += columns {
		line := l.Line(width).PadTo(1)
		for i := range figures[start:min(start+columns, len(figures))] {
			f := &figures[start+i]
			cell(line, i)
			l.Fit(line, paint.Muted, f.Name, figureName, false)
			size, difference := l.Size, differenceText
			if f.Count {
				size, difference = l.Count, timesText
			}
			for _, side := range [...]fragcalc.Bytes{f.Before, f.After} {
				text, role := size(side)
				column(line, role, text, value)
			}
			text, role := difference(l, f.By(), figureTone(f))
			column(line, role, text, by)
		}
		lines = append(lines, line.String())
	}
	return lines
}

// totalLines say what came and went: blocks, holes and segments, on a line each.
func totalLines(l *draw.Look, c *change.Comparison, width int) []string {
	if c.NoWalk != "" {
		return []string{l.Text(paint.Muted, " No blocks to compare: "+c.NoWalk, width)}
	}
	var lines []string
	add := func(name string, parts ...part) { lines = append(lines, tallyLine(l, name, parts, width)) }
	if c.NoBlocks != "" {
		lines = append(lines, l.Text(paint.Muted, " No blocks to compare: "+c.NoBlocks, width))
	} else {
		add("blocks", part{1, c.Allocated, "allocated in", "block", neutral}, part{-1, c.Freed, "freed in", "block", worseUp},
			part{0, c.Kept, "kept in", "block", neutral})
		add("holes", part{1, c.Stranded, "newly stranded in", "range", worseUp}, part{-1, c.Unstranded, "no longer in", "range", worseUp})
	}
	add("segments", part{1, c.New, "new in", "segment", neutral}, part{-1, c.Gone, "gone in", "segment", neutral},
		part{1, c.Grown, "grown in", "segment", neutral}, part{-1, c.Shrunk, "shrunk in", "segment", neutral})
	return lines
}

// part is a tally in a line of them.
type part struct {
	sign  int64 // of its bytes; 0: they neither came nor went
	tally change.Tally
	what  string // happened to them
	noun  string // one of them
	tone  tone
}

// tallyLine are the parts of a line that there is something of.
func tallyLine(l *draw.Look, name string, parts []part, width int) string {
	line := l.Line(width).PadTo(1)
	l.Fit(line, paint.Muted, name, figureName, false)
	line.PadTo(line.Width() + 1)
	told := 0
	for _, p := range parts {
		if p.tally.Count == 0 {
			continue
		}
		text, role := l.Bytes(p.tally.Bytes), paint.Text
		if p.sign != 0 {
			text, role = signedSize(l, p.sign*p.tally.Bytes), p.tone.role(p.sign*p.tally.Bytes)
		}
		words, dot := " "+p.what+" "+draw.Plural(p.tally.Count, p.noun), ""
		if told++; told > 1 {
			dot = l.Glyphs.Dot
		}
		if line.Room() < paint.Width(dot)+len(text)+len(words) { // half a fact says something else
			line.Text(paint.Muted, " "+l.Glyphs.Ellipsis)
			break
		}
		line.Text(paint.Muted, dot).Text(role, text).Text(paint.Muted, words)
	}
	if told == 0 {
		line.Text(paint.Muted, "none came or went")
	}
	return line.String()
}

// moreRows says how many rows a list leaves out.
func moreRows(rows, all int) string {
	if rows == all {
		return ""
	}
	return ", the largest " + strconv.Itoa(rows) + " of " + strconv.Itoa(all)
}
