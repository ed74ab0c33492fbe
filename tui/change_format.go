package tui

import (
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/change"
	"github.com/gpufragtop/gpufragtop/fragcalc/stacks"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// signedSize is a size with its sign: "+1.20G", "-512M", "0".
func signedSize(l *draw.Look, n int64) string {
	switch {
	case n > 0:
		return "+" + l.Bytes(n)
	case n < 0:
		return "-" + l.Bytes(-n)
	default:
		return "0"
	}
}

// tone is how a difference is taken, besides its sign.
type tone uint8

const (
	neutral tone = iota
	worseUp      // more of it is worse
	betterUp
)

func (t tone) role(n int64) paint.Role {
	switch {
	case n == 0:
		return paint.Muted
	case t == neutral:
		return paint.Text
	case (n > 0) == (t == worseUp):
		return paint.Warn
	default:
		return paint.OK
	}
}

// differenceText is a table cell for a difference in bytes that may be unknown.
func differenceText(l *draw.Look, by fragcalc.Bytes, t tone) (string, paint.Role) {
	n, ok := by.Get()
	if !ok {
		return l.Glyphs.Dash, paint.Muted
	}
	return signedSize(l, n), t.role(n)
}

// timesText is a table cell for a difference in a number of events.
func timesText(l *draw.Look, by fragcalc.Count, t tone) (string, paint.Role) {
	n, ok := by.Get()
	switch {
	case !ok:
		return l.Glyphs.Dash, paint.Muted
	case n > 0:
		return "+" + strconv.FormatInt(n, 10), t.role(n)
	default:
		return strconv.FormatInt(n, 10), t.role(n)
	}
}

// figureTone is how the difference of a figure is taken.
func figureTone(f *change.Figure) tone {
	switch {
	case f.Bad:
		return worseUp
	case f.Good:
		return betterUp
	default:
		return neutral
	}
}

// stackLine is the program's own calls of a stack on one line, innermost first,
// at most so many; the call that it is known by where none is its own.
func stackLine(stack fragcalc.Stack, most int) string {
	if len(stack) == 0 {
		return noStack
	}
	var calls []string
	for _, run := range stacks.Fold(stack) {
		for i := range run.Frames {
			if run.Own() && len(calls) < most {
				calls = append(calls, stacks.Call(run.Frames[i]))
			}
		}
	}
	if len(calls) == 0 {
		return stacks.Name(stack)
	}
	return strings.Join(calls, callArrow)
}

// noStack stands in the place of a stack.
const noStack = "no stack was recorded"

// callArrow stands between a call and the one that it comes from.
const callArrow = " < "

// allCalls are all calls of a stack on one line.
func allCalls(stack fragcalc.Stack) string {
	if len(stack) == 0 {
		return noStack
	}
	calls := make([]string, len(stack))
	for i := range stack {
		calls[i] = stacks.Call(stack[i])
	}
	return strings.Join(calls, callArrow)
}
