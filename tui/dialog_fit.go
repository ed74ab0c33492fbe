package tui

import (
	"strconv"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// firstFitSize is what is asked for until something else is written.
const firstFitSize = "4GiB"

// fitPane asks whether an allocation would fit into a process. Its answers
// follow every key and every sample.
type fitPane struct {
	target fragcalc.ProcessID
	input  textinput.Model
	filled bool // nothing was written yet: what is written takes the size's place
	top    int  // first line of the answers that is shown

	// The answers, and what they are answers to.
	asked    int64
	snapshot *fragcalc.Snapshot
	answers  []fragcalc.FitAnswer
}

// askFit opens the pane for the selected process, or says why it cannot.
func (a *app) askFit() {
	p, ok := a.selected()
	switch {
	case !ok:
		return
	case !p.Instrumented:
		a.status.warn(strconv.Itoa(p.PID) + ": what fits cannot be told: " + orElse(p.Reserved.Reason(), "not instrumented"))
		return
	}
	input := textinput.New()
	input.KeyMap.Paste.SetEnabled(false) // it would start a clipboard program
	input.CharLimit = 20
	input.SetValue(orElse(a.fitSize, firstFitSize))
	input.CursorEnd()
	input.Focus()
	a.dialog = &fitPane{target: p.ProcessID, input: input, filled: true}
}

func (p *fitPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	switch message.String() {
	case "esc":
		a.dialog = nil
	case "enter": // the answer is there already
	case "up":
		p.top--
	case "down":
		p.top++
	case "pgup":
		p.top -= 5
	case "pgdown":
		p.top += 5
	default:
		if p.filled && message.Type == tea.KeyRunes {
			p.input.SetValue("")
		}
		p.filled = false
		p.input, _ = p.input.Update(message)
		p.top = 0
	}
	if _, err := units.Parse(p.input.Value()); err == nil {
		a.fitSize = p.input.Value()
	}
	return nil
}

// content is the input line and what can be said about the size in it.
func (p *fitPane) content(a *app, width, height int) (string, []string) {
	l := a.world.look
	lines := []string{p.line(l, width)}
	size, err := units.Parse(p.input.Value())
	switch rows := rowsOf(a.latest, p.target); {
	case len(rows) == 0:
		lines = append(lines, l.Text(paint.Warn, "Process "+strconv.Itoa(p.target.PID)+" has ended.", width))
	case p.input.Value() == "" || err != nil || size == 0:
		lines = append(lines, l.Text(paint.Muted, "a size above 0, such as 4GiB or 512MiB", width))
	default:
		p.ask(a.latest, rows, size)
		var answers []string
		for i := range p.answers {
			answers = append(answers, l.Text(paint.Title, fitTitle(l, a.latest, size, p.answers[i].Process), width))
			answers = append(answers, fitLines(l, &p.answers[i], width)...)
		}
		room := max(height-1, 0)
		p.top = max(0, min(p.top, len(answers)-room))
		lines = append(lines, answers[p.top:min(p.top+room, len(answers))]...)
	}
	return "Would it fit?" + l.Glyphs.Dot + "Esc closes", lines
}

// ask answers for the rows, unless they have been asked the same already.
func (p *fitPane) ask(s *fragcalc.Snapshot, rows []*fragcalc.Process, size int64) {
	if p.snapshot == s && p.asked == size {
		return
	}
	p.snapshot, p.asked, p.answers = s, size, nil
	for _, row := range rows {
		p.answers = append(p.answers, fragcalc.FitAnswer{Process: row, Verdicts: s.FitContext(row).WouldFitOnStreams(size)})
	}
}

// line draws the input and its cursor.
func (p *fitPane) line(l *draw.Look, width int) string {
	value := []rune(p.input.Value())
	at := min(p.input.Position(), len(value))
	under, rest := " ", ""
	if at < len(value) {
		under, rest = string(value[at]), string(value[at+1:])
	}
	line := l.Line(width).Text(paint.Accent, "Size: ").Text(paint.Text, string(value[:at])).Text(paint.Selection, under)
	return line.Text(paint.Text, rest).String()
}
