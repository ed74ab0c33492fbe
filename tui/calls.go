package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/stacks"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// callList shows the calls of a stack, innermost first: the program's own, with
// those of libraries folded into a line a stretch, or all of them. Where they
// are more than fit, it scrolls.
type callList struct {
	open bool
	scroll

	of    *fragcalc.Frame // first call of the stack that was drawn last
	drawn bool            // with all calls
	all   []callLine      // its lines
}

// keys handles the keys of a stack; false leaves a key to the others.
func (c *callList) keys(k *keyMap, message tea.KeyMsg) bool {
	if key.Matches(message, k.Expand) {
		c.toggle()
		return true
	}
	m, ok := k.motion(message)
	if !ok || c.lines <= c.height || m == table.LineUp || m == table.LineDown || m == table.ToFirst || m == table.ToLast {
		return false
	}
	c.move(m)
	return true
}

func (c *callList) toggle() { c.open, c.top = !c.open, 0 }

// callLine is a line of a stack.
type callLine struct {
	fragcalc.Frame
	own    bool
	folded []string // the libraries of a stretch that the line stands for; nil: it is one call
	passes bool     // compiled code, which is not shown, lies between it and the next
	calls  int      // that the line stands for
}

func (c *callLine) draw(l *draw.Look, line *paint.Line) {
	switch {
	case c.folded != nil:
		line.Text(paint.Muted, l.Glyphs.Ellipsis+" "+draw.Plural(c.calls, "call")+" of "+strings.Join(c.folded, ", "))
		return
	case !c.own:
		fitEnd(l, line, paint.Muted, "  "+stacks.Call(c.Frame))
		return
	}
	fitEnd(l, line, paint.Text, stacks.Call(c.Frame))
	if at := strings.LastIndexByte(c.File, '/'); at > 0 {
		fitEnd(l, line, paint.Muted, "  "+c.File[:at])
	}
	if c.passes {
		line.Text(paint.Muted, " "+l.Glyphs.Ellipsis)
	}
}

// take takes the stack that is shown, and goes to its begin where it is another.
func (c *callList) take(stack fragcalc.Stack) []callLine {
	if len(stack) == 0 {
		c.of, c.all = nil, nil
		return nil
	}
	if c.of != &stack[0] {
		c.top = 0
	}
	if c.of != &stack[0] || c.drawn != c.open || len(c.all) == 0 {
		c.of, c.drawn, c.all = &stack[0], c.open, callLines(stack, c.open)
	}
	return c.all
}

// callLines are the lines of a stack. What is compiled between two calls of the
// program itself is the interpreter's: it is worth a line only with all others.
func callLines(stack fragcalc.Stack, open bool) []callLine {
	lines := make([]callLine, 0, len(stack))
	runs := stacks.Fold(stack)
	for i, run := range runs {
		inner := i > 0 && i < len(runs)-1 && slices.Equal(run.Libraries, []string{stacks.Native})
		switch {
		case !run.Own() && !open && inner:
			last := &lines[len(lines)-1]
			last.passes = true
			last.calls += len(run.Frames)
		case !run.Own() && !open:
			lines = append(lines, callLine{folded: run.Libraries, calls: len(run.Frames)})
		default:
			for _, frame := range run.Frames {
				lines = append(lines, callLine{Frame: frame, own: run.Own(), calls: 1})
			}
		}
	}
	return lines
}

// fitEnd appends a text cut where the line ends, with the sign for that.
func fitEnd(l *draw.Look, line *paint.Line, role paint.Role, text string) {
	line.Text(role, paint.Truncate(text, line.Room(), l.Glyphs.Ellipsis))
}

// render draws the calls on at most so many lines, from a column on; where they
// do not fit, the last line says how many more there are, and, if the keys that
// turn pages are the list's, names them.
func (c *callList) render(l *draw.Look, stack fragcalc.Stack, column, width, height int, paged bool) []string {
	if height <= 0 {
		return nil
	}
	all := c.take(stack)
	shown := len(all)
	if shown > height {
		shown = height - 1
	}
	c.height, c.lines = max(shown, 1), len(all)
	c.top = max(0, min(c.top, len(all)-shown))
	lines := make([]string, 0, height)
	for _, call := range all[c.top : c.top+shown] {
		line := l.Line(width).PadTo(column)
		call.draw(l, line)
		lines = append(lines, line.String())
	}
	if shown == len(all) {
		return lines
	}
	more := 0
	for _, call := range all[c.top+shown:] {
		more += call.calls
	}
	text := "and " + draw.Plural(more, "more call")
	switch {
	case paged && more > 0:
		text += ": PgDn"
	case more == 0:
		text = "the outermost call: PgUp goes back"
	}
	line := l.Line(width).PadTo(column)
	fitEnd(l, line, paint.Muted, text)
	return append(lines, line.String())
}
