package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// freeLines show the free blocks of a subject by size, or say why not.
func freeLines(l *look, s *subject, width, height int) []string {
	if !s.walked {
		return fill([]string{"", l.text(paint.Muted, " No free blocks to show: "+s.unknown+".", width)}, height)
	}
	return histogram(l, &s.free, width, height)
}

// histogram shows free blocks by size: a row for each power of two, or for
// several where there is no room for all, with a bar of their bytes, and the
// bytes and blocks in figures.
func histogram(l *look, f *fragcalc.FreeSizes, width, height int) []string {
	const from, largest = 8, 8
	size, blocks := 7, 8
	if l.unit == unitBytes {
		size += bytesExtra + 2
	}
	if width < 2+from+size+blocks { // a figure that is cut would be another one
		blocks = 0
	}
	if width < 2+from+size {
		size = 0
	}
	head := l.line(width).PadTo(1).Text(paint.Title, "free blocks")
	facts := " " + strconv.FormatInt(f.Blocks, 10) + ", " + l.bytes(f.Bytes) + l.glyphs.Dot + "the largest " + l.bytes(f.Largest)
	head.Text(paint.Text, paint.Truncate(facts, head.Room(), l.glyphs.Ellipsis))
	lines := []string{head.String()}
	first, last := filledBins(f)
	if first < 0 {
		lines[0] = l.line(width).PadTo(1).Text(paint.Title, "free blocks").Text(paint.Text, " none").String()
		return fill(lines, height)
	}
	rows := height - 2
	if f.Unlisted > 0 {
		rows--
	}
	bar := width - 2 - from - size - blocks
	if bar > 2*largest {
		bar -= largest // for the word
	}
	titles := l.line(width).PadTo(1)
	l.fit(titles, paint.Muted, "FROM", from, true)
	titles.PadTo(titles.Width() + 1)
	legendOf(l, titles, max(bar, 0), paint.Stranded, paint.Releasable, paint.Parked)
	l.fit(titles, paint.Muted, "BYTES", size, true)
	l.fit(titles, paint.Muted, "BLOCKS", blocks, true)
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
		line, name := l.line(width), paint.Muted
		if marked {
			name = paint.Accent
			line.Text(name, l.glyphs.Cursor)
		}
		line.PadTo(1)
		l.fit(line, name, powerOfTwo(fragcalc.FreeBinFrom(bin)), from, true)
		line.PadTo(line.Width() + 1)
		end := line.Width() + max(bar, 0)
		drawFreeBar(l, line, &group, most, bar)
		line.PadTo(end)
		role := paint.Text
		if group.Blocks == 0 {
			role = paint.Muted
		}
		l.fit(line, role, l.bytes(group.Bytes()), size, true)
		l.fit(line, role, strconv.FormatInt(group.Blocks, 10), blocks, true)
		if marked {
			line.Text(paint.Accent, " largest")
		}
		lines = append(lines, line.String())
	}
	if f.Unlisted > 0 {
		lines = append(lines, l.text(paint.Muted, " "+l.bytes(f.Unlisted)+" more is free in segments that came without their blocks", width))
	}
	return fill(lines, height)
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
func drawFreeBar(l *look, line *paint.Line, bin *fragcalc.FreeBin, most int64, width int) {
	if bin.Bytes() == 0 || most == 0 || width <= 0 {
		return
	}
	cells := max(1, int(float64(width)*float64(bin.Bytes())/float64(most)))
	var inside sizes
	inside.add(run{bin.Stranded, paint.Stranded})
	inside.add(run{bin.Releasable, paint.Releasable})
	inside.add(run{bin.Parked, paint.Parked})
	bar := [paint.StateCount]int64(inside)
	line.Bar(l.glyphs, cells, &bar)
}
