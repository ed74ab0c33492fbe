package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// freeLines show the free blocks of a subject by size, or say why not.
func freeLines(l *draw.Look, s *subject, width, height int) []string {
	if !s.walked {
		return draw.Fill([]string{"", l.Text(paint.Muted, " No free blocks to show: "+s.unknown+".", width)}, height)
	}
	return histogram(l, &s.free, width, height)
}

// histogram shows free blocks by size: a row for each power of two, or for
// several where there is no room for all, with a bar of their bytes, and the
// bytes and blocks in figures.
func histogram(l *draw.Look, f *fragcalc.FreeSizes, width, height int) []string {
	const from, largest = 8, 8
	size, blocks := 7, 8
	if l.Unit == draw.UnitBytes {
		size += draw.BytesExtra + 2
	}
	if width < 2+from+size+blocks { // a figure that is cut would be another one
		blocks = 0
	}
	if width < 2+from+size {
		size = 0
	}
	head := l.Line(width).PadTo(1).Text(paint.Title, "free blocks")
	facts := " " + strconv.FormatInt(f.Blocks, 10) + ", " + l.Bytes(f.Bytes) + l.Glyphs.Dot + "the largest " + l.Bytes(f.Largest)
	head.Text(paint.Text, paint.Truncate(facts, head.Room(), l.Glyphs.Ellipsis))
	lines := []string{head.String()}
	first, last := filledBins(f)
	if first < 0 {
		lines[0] = l.Line(width).PadTo(1).Text(paint.Title, "free blocks").Text(paint.Text, " none").String()
		return draw.Fill(lines, height)
	}
	rows := height - 2
	if f.Unlisted > 0 {
		rows--
	}
	bar := width - 2 - from - size - blocks
	if bar > 2*largest {
		bar -= largest // for the word
	}
	titles := l.Line(width).PadTo(1)
	l.Fit(titles, paint.Muted, "FROM", from, true)
	titles.PadTo(titles.Width() + 1)
	legendOf(l, titles, max(bar, 0), paint.Stranded, paint.Releasable, paint.Parked)
	l.Fit(titles, paint.Muted, "BYTES", size, true)
	l.Fit(titles, paint.Muted, "BLOCKS", blocks, true)
	lines = append(lines, titles.String())
	per := (last - first + max(rows, 1)) / max(rows, 1) // powers of two in a row
	var groups []fragcalc.FreeBin
	most := int64(0)
	for bin := first; bin <= last; bin += per {
		var group fragcalc.FreeBin
		for i := bin; i < min(bin+per, fragcalc.FreeBins); i++ {
			group.Add(f.Bins[i])
		}
		groups = append(groups, group)
		most = max(most, group.Bytes())
	}
	for i, group := range groups {
		bin := first + i*per
		marked := f.LargestBin >= bin && f.LargestBin < bin+per
		line, name := l.Line(width), paint.Muted
		if marked {
			name = paint.Accent
			line.Text(name, l.Glyphs.Cursor)
		}
		line.PadTo(1)
		l.Fit(line, name, draw.PowerOfTwo(fragcalc.FreeBinFrom(bin)), from, true)
		line.PadTo(line.Width() + 1)
		end := line.Width() + max(bar, 0)
		drawFreeBar(l, line, &group, most, bar)
		line.PadTo(end)
		role := paint.Text
		if group.Blocks == 0 {
			role = paint.Muted
		}
		l.Fit(line, role, l.Bytes(group.Bytes()), size, true)
		l.Fit(line, role, strconv.FormatInt(group.Blocks, 10), blocks, true)
		if marked {
			line.Text(paint.Accent, " largest")
		}
		lines = append(lines, line.String())
	}
	if f.Unlisted > 0 {
		lines = append(lines, l.Text(paint.Muted, " "+l.Bytes(f.Unlisted)+" more is free in segments that came without their blocks", width))
	}
	return draw.Fill(lines, height)
}

// filledBins are the first and the last bin with blocks; -1 where none has.
func filledBins(f *fragcalc.FreeSizes) (first, last int) {
	first, last = -1, -1
	for i := range f.Bins {
		if f.Bins[i].Blocks > 0 {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	return first, last
}

// drawFreeBar draws the bytes of a bin as a part of the most that one has.
func drawFreeBar(l *draw.Look, line *paint.Line, bin *fragcalc.FreeBin, most int64, width int) {
	if bin.Bytes() == 0 || most == 0 || width <= 0 {
		return
	}
	cells := max(1, int(float64(width)*float64(bin.Bytes())/float64(most)))
	var inside sizes
	inside.add(run{bin.Stranded, paint.Stranded})
	inside.add(run{bin.Releasable, paint.Releasable})
	inside.add(run{bin.Parked, paint.Parked})
	bar := [paint.StateCount]int64(inside)
	line.Bar(l.Glyphs, cells, &bar)
}
