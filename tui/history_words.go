package tui

import (
	"math"
	"strconv"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// worstOf is the worst of some values; false where none is known.
func worstOf(figure history.Figure, values []float64) (worst float64, ok bool) {
	for _, value := range values {
		if value >= 0 && (!ok || figure.LessIsWorse() == (value < worst)) {
			worst, ok = value, true
		}
	}
	return worst, ok
}

// worstWords say how high a figure was, or how low where less is worse; empty
// where it is not known.
func worstWords(l *draw.Look, figure history.Figure, values []float64) string {
	worst, ok := worstOf(figure, values)
	switch {
	case !ok:
		return ""
	case figure.LessIsWorse():
		return ", down to " + sizedText(l, worst)
	default:
		return ", up to " + sizedText(l, worst)
	}
}

// markWords are "1 OOM", "3 retries".
func markWords(kind history.Kind, count int64) string {
	if kind == history.Retry && count != 1 {
		return strconv.FormatInt(count, 10) + " retries"
	}
	return draw.Plural(int(count), markSigns[kind].name)
}

// worstShort is worstWords in a table.
func worstShort(l *draw.Look, figure history.Figure, values []float64) string {
	worst, ok := worstOf(figure, values)
	switch {
	case !ok:
		return l.Glyphs.Dash
	case figure.LessIsWorse():
		return "min " + sizedText(l, worst)
	default:
		return "max " + sizedText(l, worst)
	}
}

// sizedText is a size that is unknown when it is less than 0.
func sizedText(l *draw.Look, value float64) string {
	if value < 0 {
		return l.Glyphs.Dash
	}
	return l.Bytes(int64(value))
}

// axisText is a round size at the scale of a chart.
func axisText(l *draw.Look, value float64) string {
	if l.Unit != draw.UnitAuto {
		return l.Bytes(int64(math.Round(value)))
	}
	unit := 0
	for value >= 1024 && unit < len(scaleUnits)-1 {
		value /= 1024
		unit++
	}
	return strconv.FormatFloat(math.Round(value*100)/100, 'f', -1, 64) + scaleUnits[unit:unit+1]
}

const scaleUnits = "BKMGTP"

// markSigns stand for what happened, and their roles.
var markSigns = [history.KindCount]struct {
	sign          rune
	role          paint.Role
	name, meaning string
}{
	history.OOM:     {'O', paint.Crit, "OOM", "an allocation was refused, out of memory"},
	history.Release: {'R', paint.OK, "release", "a cache was released on request"},
	history.Retry:   {'t', paint.Warn, "retry", "the allocator emptied its cache by itself, and asked again"},
}

// chartMarks puts marks into the cells of a chart, the gravest first.
func chartMarks(marks []history.Mark, f history.Frame) []paint.ChartMark {
	var shown []paint.ChartMark
	for kind := range history.KindCount {
		for _, mark := range marks {
			if cell, ok := f.Cell(mark.At); ok && mark.Kind == kind {
				shown = append(shown, paint.ChartMark{Cell: cell, Sign: markSigns[kind].sign, Role: markSigns[kind].role})
			}
		}
	}
	return shown
}

// timeNames name the begin, the middle and the end of a window.
func timeNames(span time.Duration, width int) []string {
	names := []string{"-" + spanShort(span), "-" + spanShort(span/2), "now"}
	if width >= 90 {
		names = []string{names[0], "-" + spanShort(span*3/4), names[1], "-" + spanShort(span/4), names[2]}
	}
	return names
}

// spanShort is a length of time at the foot of a chart: "45s", "2m30s", "1h".
func spanShort(d time.Duration) string {
	if d == time.Hour {
		return "1h"
	}
	minutes, seconds := int(d/time.Minute), int(d%time.Minute/time.Second)
	text := ""
	if minutes > 0 {
		text = strconv.Itoa(minutes) + "m"
	}
	if seconds > 0 {
		text += strconv.Itoa(seconds) + "s"
	}
	return text
}

// spanWords is a length of time in a sentence: "5 min", "2.5 s".
func spanWords(d time.Duration) string {
	switch {
	case d == time.Hour:
		return "1 h"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'g', -1, 64) + " s"
	default:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	}
}
