package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

type gpuRow struct {
	fragcalc.GPU
	memory gpuMemory
	waste  waste
	fits   fragcalc.Bytes // now, whichever process asks
	// retries of all its processes in the last minute
	retries fragcalc.Count
	trend   []float64 // stranded over the last minutes, oldest first
}

// gpuColumns are those of the device list: a bar and what it adds up to.
func gpuColumns() []table.Column[gpuRow] {
	number := func(width, rank int, title, suffix string, value func(*gpuRow) fragcalc.Known[int]) table.Column[gpuRow] {
		return table.Column[gpuRow]{Title: title, Width: width, Rank: rank, Right: true,
			Text: func(l *draw.Look, r *gpuRow) (string, paint.Role) {
				if n, ok := value(r).Get(); ok {
					return strconv.Itoa(n) + suffix, paint.Text
				}
				return l.Glyphs.Dash, paint.Muted
			}}
	}
	state := func(title string, width, rank int, states ...paint.Role) table.Column[gpuRow] {
		return table.Column[gpuRow]{Title: title, Width: width, Size: true, Rank: rank, Right: true,
			Text: func(l *draw.Look, r *gpuRow) (string, paint.Role) { return r.memory.text(l, states) }}
	}
	return []table.Column[gpuRow]{
		{Title: "GPU", Width: 3, Right: true, Text: func(_ *draw.Look, r *gpuRow) (string, paint.Role) {
			return strconv.Itoa(r.Index), paint.Title
		}},
		{Title: "NAME", Width: 6, Most: 18, Rank: 9, Text: func(_ *draw.Look, r *gpuRow) (string, paint.Role) {
			return gpuName(&r.GPU), paint.Text
		}},
		number(4, 12, "TEMP", "C", func(r *gpuRow) fragcalc.Known[int] { return r.Temperature }),
		number(4, 11, "UTIL", "%", func(r *gpuRow) fragcalc.Known[int] { return r.Utilization }),
		{Picture: true, Width: 26, Flex: true, Rank: 1, Draw: drawGPUBar, Head: legend},
		state("USED", 6, 5, paint.Used, paint.Rounding, paint.Pending),
		state("STRANDED", 8, 3, paint.Stranded),
		state("RELSBL", 6, 6, paint.Releasable),
		state("UNSEEN", 6, 13, paint.Unseen),
		state("OTHER", 6, 14, paint.Other),
		state("FREE", 6, 2, paint.Free),
		{Title: "FITS-NOW", Width: 8, Size: true, Rank: 4, Right: true, Text: func(l *draw.Look, r *gpuRow) (string, paint.Role) {
			return l.Size(r.fits)
		}},
		{Title: "RETRY/M", Width: 7, Most: 7, Optional: true, Rank: 7, Right: true, Text: retriesText},
		{Title: "TOTAL", Width: 6, Size: true, Rank: 10, Right: true, Text: func(l *draw.Look, r *gpuRow) (string, paint.Role) {
			return l.Size(r.MemoryTotal)
		}},
		{Title: "TREND", Picture: true, Width: trendCells, Rank: 8, Text: func(l *draw.Look, r *gpuRow) (string, paint.Role) {
			return trendText(l, r.trend)
		}},
		costColumn("STRND/H", "", "", 5, func(r *gpuRow) fragcalc.Known[float64] { return r.waste.stranded }),
		costColumn("SLACK/H", "", "", 6, func(r *gpuRow) fragcalc.Known[float64] { return r.waste.slack }),
	}
}

// retriesText catches the eye where there are any: each stalled its program.
func retriesText(l *draw.Look, r *gpuRow) (string, paint.Role) {
	text, role := l.Count(r.retries)
	switch n := r.retries.Or(0); {
	case n > 0:
		role = paint.Warn
	case r.retries.Known():
		role = paint.Muted
	}
	return text, role
}

// text is the sum of some states. What is inside of processes is unknown when
// none of them can be seen into, unless there are none.
func (m *gpuMemory) text(l *draw.Look, states []paint.Role) (string, paint.Role) {
	inside := states[0] < paint.Unmapped
	if (inside && !m.looked && (m.waiting > 0 || m.blind || !m.known)) || (!inside && !m.known && states[0] != paint.Unseen) {
		return l.Glyphs.Dash, paint.Muted
	}
	var total int64
	for _, state := range states {
		total += m.sizes.of(state)
	}
	if total == 0 {
		return l.Bytes(0), paint.Muted
	}
	return l.Bytes(total), paint.Text
}

func drawGPUBar(l *draw.Look, line *paint.Line, r *gpuRow, width int) {
	if !r.memory.known {
		l.Fit(line, paint.Warn, "memory unknown: "+r.memory.reason, width, false)
		return
	}
	bar := [paint.StateCount]int64(r.memory.sizes)
	line.Bar(l.Glyphs, width, &bar)
}

// stateNames are the words for the states on the screen, from paint.Used on.
var stateNames = [paint.StateCount]string{
	"used", "rounding", "pending", "stranded", "releasable", "parked", "unmapped", "unseen", "other", "driver", "free",
}

func stateName(state paint.Role) string { return stateNames[state-paint.Used] }

// legend names the states in a bar, the important ones first.
func legend(l *draw.Look, line *paint.Line, width int) {
	legendOf(l, line, width, paint.Used, paint.Stranded, paint.Releasable, paint.Free, paint.Other, paint.Unseen,
		paint.Pending, paint.Parked, paint.Driver, paint.Rounding)
}

// legendOf writes width cells: as many of the states as fit.
func legendOf(l *draw.Look, line *paint.Line, width int, states ...paint.Role) {
	end := line.Width() + width
	for i, state := range states {
		name := stateName(state)
		needed := len(name) + 2
		if i > 0 {
			needed += 2
		}
		if line.Width()+needed > end {
			break
		}
		if i > 0 {
			line.PadTo(line.Width() + 2)
		}
		line.Repeat(state, l.Glyphs.Of(state), 1).Text(paint.Muted, " "+name)
	}
	line.PadTo(end)
}
