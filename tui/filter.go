package tui

import (
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// filterPane is the line in which the filter is written.
type filterPane struct {
	editing bool
	input   textinput.Model
	problem string // why what is written is no filter
	before  string // the filter when editing began
}

func newFilterPane(expression string) filterPane {
	input := textinput.New()
	input.KeyMap.Paste.SetEnabled(false) // it would start a clipboard program
	input.CharLimit = 200
	input.SetValue(expression)
	return filterPane{input: input}
}

// open begins to edit the filter.
func (f *filterPane) open() {
	f.editing = true
	f.before = f.input.Value()
	f.input.CursorEnd()
	f.input.Focus() // its blinking is not wanted: nothing is sent while nothing changes
}

// editFilter handles a key while the filter is being written. The list follows
// every key that leaves a valid filter.
func (a *app) editFilter(message tea.KeyMsg) tea.Cmd {
	if !message.Paste {
		switch message.String() {
		case "enter":
			a.filter.editing = a.filter.problem != ""
			return nil
		case "esc":
			a.setFilter("")
			return nil
		}
	}
	a.filter.input, _ = a.filter.input.Update(message)
	a.applyFilter()
	return nil
}

// setFilter replaces the filter and ends editing.
func (a *app) setFilter(expression string) {
	a.filter.editing = false
	a.filter.input.SetValue(expression)
	a.applyFilter()
}

// applyFilter filters by what is written; while that is no filter, it says why
// and filters as before editing began.
func (a *app) applyFilter() {
	expression := a.filter.input.Value()
	filter, err := query.ParseFilter(expression)
	a.filter.problem = ""
	if err != nil {
		a.filter.problem = err.Error()
		expression = a.filter.before
		filter, _ = query.ParseFilter(expression) // it was one when editing began
	}
	a.world.filter, a.world.filtered = filter, expression != ""
	a.refresh()
}

// line draws the filter and its cursor, or what is wrong with it.
func (f *filterPane) line(l *look, width int) string {
	line := l.line(width).Text(paint.Accent, "/")
	value := []rune(f.input.Value())
	if !f.editing {
		return line.Text(paint.Text, string(value)).Text(paint.Muted, "   Esc clears").String()
	}
	at := min(f.input.Position(), len(value))
	under := " "
	var rest []rune
	if at < len(value) {
		under, rest = string(value[at]), value[at+1:]
	}
	head := string(value[:at])
	for paint.Width(head) > max(width-3, 0) { // keep the cursor in view
		head = string([]rune(head)[1:])
	}
	line.Text(paint.Text, head).Text(paint.Selection, under).Text(paint.Text, string(rest))
	hint := "   user, command, pid, or frag>0.3 & gpu==0"
	if f.problem != "" {
		return line.Text(paint.Warn, "   "+f.problem).String()
	}
	if len(value) == 0 {
		line.Text(paint.Muted, hint)
	}
	return line.String()
}
