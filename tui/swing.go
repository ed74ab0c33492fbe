package tui

import (
	"strings"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

// swing is between which values the stranded bytes of a process went up and down
// in the last minute. A program that trains frees and allocates in every step:
// the figure of one moment says little of it.
type swing struct{ low, high int64 }

// swingShare is from which share of the highest value on a range is told.
const swingShare = 5

// swing is that of a row up to the moment that is shown; false where it hardly
// moves, or too little is known of it.
func (w *world) swing(id fragcalc.RowID) (swing, bool) {
	return swingOf(w.trends.Row(id), w.snapshot.At)
}

// swingOf is that of a process or device.
func swingOf(row *history.Series, at time.Time) (swing, bool) {
	const lastMinute, least = history.Window(0), 5 // samples
	if row == nil {
		return swing{}, false
	}
	var s swing
	known := 0
	for _, value := range row.Cells(history.Stranded, lastMinute.Frame(60, at)) {
		if value < 0 {
			continue
		}
		if n := int64(value); known == 0 {
			s = swing{n, n}
		} else {
			s.low, s.high = min(s.low, n), max(s.high, n)
		}
		known++
	}
	return s, known >= least && s.wide()
}

func (s swing) wide() bool { return s.high-s.low > s.high/swingShare }

// words are the range: "5.06–14.1 GiB in the last minute".
func (s swing) words(l *draw.Look) string {
	low, high := l.Prose(s.low), l.Prose(s.high)
	if at := strings.LastIndexByte(low, ' '); at > 0 && strings.HasSuffix(high, low[at:]) {
		low = low[:at]
	}
	return low + l.Glyphs.Dash + high + " in the last minute"
}

// against says where a difference lies within the range.
func (s swing) against(l *draw.Look, by int64) string {
	text := "Stranded swings by itself, " + s.words(l) + ": " + signedSize(l, by)
	if max(by, -by) <= s.high-s.low {
		return text + " is within that."
	}
	return text + " is more than that."
}
