package tui

import (
	"strconv"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// signalPane asks which signal to send, and then whether. The answer is no
// unless the user says yes.
type signalPane struct {
	targets []fragcalc.ProcessID
	list    table.Table[fragcalc.SignalChoice, fragcalc.Signal]
	chosen  bool // of the list: the question stands
	question
}

func newSignalPane(l *draw.Look, targets []fragcalc.ProcessID) *signalPane {
	pane := &signalPane{targets: targets, list: table.Table[fragcalc.SignalChoice, fragcalc.Signal]{
		Identity: func(c *fragcalc.SignalChoice) fragcalc.Signal { return c.Signal },
		Columns: []table.Column[fragcalc.SignalChoice]{
			{Key: "signal", Width: 5, Text: func(_ *draw.Look, c *fragcalc.SignalChoice) (string, paint.Role) {
				return string(c.Signal), paint.Text
			}},
			{Key: "means", Width: 8, Flex: true, Rank: 1, Text: func(_ *draw.Look, c *fragcalc.SignalChoice) (string, paint.Role) {
				return c.Means, paint.Muted
			}},
		},
	}}
	pane.list.Set(l, fragcalc.SignalChoices())
	return pane
}

// asks tells whether the question stands: in the menu no key answers it.
func (p *signalPane) asks() bool { return p.chosen }

func (p *signalPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	if p.chosen {
		return p.answered(a, message)
	}
	k := a.keys
	if m, ok := k.motion(message); ok {
		p.list.Move(m)
		return nil
	}
	switch {
	case key.Matches(message, k.Enter):
		p.chosen = true
	case key.Matches(message, k.Back, k.Signal, k.Quit):
		a.dialog = nil
		a.status.say("no signal was sent")
	}
	return nil
}

// answered handles the keys of the question; Esc goes back to the menu.
func (p *signalPane) answered(a *app, message tea.KeyMsg) tea.Cmd {
	choice, _ := p.list.Current()
	switch p.question.key(a.keys, message) {
	case answerYes:
		a.dialog = nil
		return a.signal(choice.Signal, p.targets)
	case answerNo:
		p.chosen, p.question = false, question{}
		if message.String() != "esc" {
			a.dialog = nil
			a.status.say("no signal was sent")
		}
	}
	return nil
}

// content names the targets and what the signal does; the question is never cut.
func (p *signalPane) content(a *app, width, height int) (string, []string) {
	l := a.world.look
	lines := p.who(a, width, height)
	if !p.chosen {
		return "Send a signal", append(lines, p.list.Render(l, width, height-len(lines), false)...)
	}
	choice, _ := p.list.Current()
	say := func(role paint.Role, text string) {
		for _, line := range draw.Wrap(text, width) {
			lines = append(lines, l.Text(role, line, width))
		}
	}
	role := paint.Text
	if choice.Ends {
		role = paint.Warn
	}
	say(role, "SIG"+string(choice.Signal)+": "+choice.Means+".")
	if beside := a.ranksBeside(p.targets); beside > 0 {
		if text := signalRanks(*choice, beside); text != "" {
			say(paint.Warn, text)
		}
	}
	if room := max(height-2, 1); len(lines) > room {
		lines = lines[:room]
	}
	if height > 4 {
		lines = append(lines, "")
	}
	return "Send a signal", append(lines, p.buttons(l, "Send SIG"+string(choice.Signal)+"?", width))
}

// who names the targets: each on a line of its own while there is room.
func (p *signalPane) who(a *app, width, height int) []string {
	l := a.world.look
	if len(p.targets) > max(height/3, 1) {
		return []string{l.Text(paint.Title, strconv.Itoa(len(p.targets))+" processes"+l.Glyphs.Dot+pidList(p.targets), width)}
	}
	var lines []string
	for _, target := range p.targets {
		who := strconv.Itoa(target.PID)
		rows := rowsOf(a.latest, target)
		if len(rows) == 0 {
			who += l.Glyphs.Dot + "is not on this node's GPUs any more"
		} else {
			held, _ := l.Size(rows[0].GPUMemory)
			who += l.Glyphs.Dot + orElse(rows[0].User, "?") + l.Glyphs.Dot + held + l.Glyphs.Dot + commandLine(l, rows[0])
		}
		lines = append(lines, l.Text(paint.Title, who, width))
	}
	if height > 8 {
		lines = append(lines, "")
	}
	return lines
}
