package tui

import (
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// filterPane is the line in which the filter is written.
type filterPane struct {
	editing bool
	of      table.Listing // whose filter it is
	input   textinput.Model
	problem string // why what is written is no filter
	before  string // the filter when editing began
	names   completion
}

func newFilterPane() filterPane {
	input := textinput.New()
	input.KeyMap.Paste.SetEnabled(false) // it would start a clipboard program
	input.CharLimit = 200
	return filterPane{input: input}
}

// open begins to edit a table's filter.
func (f *filterPane) open(of table.Listing) {
	f.editing, f.of = true, of
	f.before, f.problem, f.names = of.Filtered(), "", completion{}
	f.input.SetValue(f.before)
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
			a.filter.editing = false
			a.setFilter("")
			return nil
		case "tab", "shift+tab":
			a.filter.complete(message.String() == "tab")
			a.setFilter(a.filter.input.Value())
			return nil
		}
	}
	a.filter.names = completion{}
	a.filter.input, _ = a.filter.input.Update(message)
	a.setFilter(a.filter.input.Value())
	return nil
}

// setFilter filters by what is written; while that is no filter, it says why
// and filters as before editing began.
func (a *app) setFilter(text string) {
	a.filter.problem = ""
	if err := a.filter.of.FilterBy(text); err != nil {
		a.filter.problem = err.Error()
		_ = a.filter.of.FilterBy(a.filter.before) // it was one when editing began
	}
	a.refresh()
}

// filterText is the filter of the table that is shown, if it has one.
func (a *app) filterText() (string, bool) {
	if list, ok := a.listing(); ok {
		return list.Filtered(), list.Filtered() != ""
	}
	return "", false
}

// clearFilter ends the filter of the table that is shown, if it has one.
func (a *app) clearFilter() bool {
	list, ok := a.listing()
	if !ok || list.Filtered() == "" {
		return false
	}
	_ = list.FilterBy("") // cannot fail
	a.refresh()
	return true
}

// line draws the filter that is set, or the one that is written with its cursor
// and what is wrong with it.
func (f *filterPane) line(l *draw.Look, text string, width int) string {
	line := l.Line(width).Text(paint.Accent, "/")
	value := []rune(f.input.Value())
	if !f.editing {
		return line.Text(paint.Text, text).Text(paint.Muted, "   Esc clears").String()
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
	if f.problem != "" {
		const more = "  Tab completes"
		line.Text(paint.Text, "   ")
		if room := line.Room(); paint.Width(f.problem) > room && room > 2*len(more) {
			line.Text(paint.Warn, paint.Truncate(f.problem, room-len(more), l.Glyphs.Ellipsis)).Text(paint.Muted, more)
			return line.String()
		}
		fitEnd(l, line, paint.Warn, f.problem)
		return line.String()
	}
	if len(value) == 0 {
		fitEnd(l, line, paint.Muted, "   "+f.of.Hint()+l.Glyphs.Dot+"Tab: its fields")
	}
	return line.String()
}
