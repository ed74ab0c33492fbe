package tui

import (
	"path"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/change"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// signed is a size with its sign: "+1.20G", "-512M", "0".
func (l *look) signed(n int64) string {
	switch {
	case n > 0:
		return "+" + l.bytes(n)
	case n < 0:
		return "-" + l.bytes(-n)
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

// difference is a table cell for a difference in bytes that may be unknown.
func (l *look) difference(by fragcalc.Bytes, t tone) (string, paint.Role) {
	n, ok := by.Get()
	if !ok {
		return l.glyphs.Dash, paint.Muted
	}
	return l.signed(n), t.role(n)
}

// times is a table cell for a difference in a number of events.
func (l *look) times(by fragcalc.Count, t tone) (string, paint.Role) {
	n, ok := by.Get()
	switch {
	case !ok:
		return l.glyphs.Dash, paint.Muted
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

// callWords is a call in a few words: "forward (model.py:12)".
func callWords(f *fragcalc.Frame) string {
	words := orElse(f.Function, "?")
	if f.File == "" {
		return words
	}
	words += " (" + path.Base(f.File)
	if f.Line > 0 {
		words += ":" + strconv.Itoa(f.Line)
	}
	return words + ")"
}

// stackLine is a stack on one line, innermost call first, of at most so many
// calls.
func stackLine(stack fragcalc.Stack, most int) string {
	if len(stack) == 0 {
		return "no stack was recorded"
	}
	var calls []string
	for i := range stack[:min(len(stack), most)] {
		calls = append(calls, callWords(&stack[i]))
	}
	return strings.Join(calls, " < ")
}
