package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// tapePane asks for the file to record into.
type tapePane struct {
	input   textinput.Model
	problem string // why what was written is no file to record into
}

func newTapePane(name string) *tapePane {
	input := textinput.New()
	input.KeyMap.Paste.SetEnabled(false) // it would start a clipboard program
	input.CharLimit = 1000
	input.SetValue(name)
	input.CursorEnd()
	input.Focus()
	return &tapePane{input: input}
}

// writes marks the dialogs that take text, what is pasted included.
func (p *tapePane) writes() {}

// writing tells whether text is being written in a dialog.
func (a *app) writing() bool {
	_, writes := a.dialog.(interface{ writes() })
	return writes
}

func (p *tapePane) key(a *app, message tea.KeyMsg) tea.Cmd {
	name := message.String()
	if message.Paste {
		name = "" // text, whatever key it looks like
	}
	switch name {
	case "esc":
		a.dialog = nil
		if a.taping.phase == noTape {
			a.status.say("not recorded: nothing was written")
		}
	case "enter":
		name := strings.TrimSpace(p.input.Value())
		switch {
		case a.taping.phase != noTape: // Enter was pressed already
		case name == "":
			p.problem = "write the name of a file"
		default:
			p.problem = ""
			return a.startTape(name)
		}
	default:
		p.input, _ = p.input.Update(message)
		p.problem = ""
	}
	return nil
}

// content is the name, what happens to the file, and what is wrong with it.
func (p *tapePane) content(a *app, width, height int) (string, []string) {
	l := a.world.look
	lines := []string{inputLine(l, "File: ", &p.input, width)}
	say := func(role paint.Role, text string) {
		for _, line := range draw.Wrap(text, width) {
			lines = append(lines, l.Text(role, line, width))
		}
	}
	switch {
	case a.taping.phase == tapeStarting:
		say(paint.Text, "making it "+l.Glyphs.Ellipsis+" Esc closes this pane")
	case p.problem != "":
		say(paint.Warn, p.problem)
	}
	last := l.Text(paint.Accent, "Enter records, Esc does not", width)
	say(paint.Text, "Every sample from now on goes into it, for gpufragtop replay, until "+keyNames(a.keys.Tape)+" or the end of this screen.")
	say(paint.Muted, "For its owner only: command lines are in it. It ends by itself at "+units.Bytes(a.options.Taper.Limit())+"; a file that exists is left alone.")
	return "Record what is seen", append(lines[:min(len(lines), max(height-1, 0))], last)
}

// inputLine draws a line of text that is being written; the cursor stays in view.
func inputLine(l *draw.Look, label string, input *textinput.Model, width int) string {
	value := []rune(input.Value())
	at := min(input.Position(), len(value))
	under, rest := " ", ""
	if at < len(value) {
		under, rest = string(value[at]), string(value[at+1:])
	}
	line := l.Line(width).Text(paint.Accent, label)
	head := value[:at]
	for len(head) > 0 && paint.Width(string(head)) > max(line.Room()-2, 0) {
		head = head[1:]
	}
	return line.Text(paint.Text, string(head)).Text(paint.Selection, under).Text(paint.Text, rest).String()
}
