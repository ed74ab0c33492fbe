package tui

import (
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// attachPane asks whether to attach to a process. The answer is no unless the
// user says yes.
type attachPane struct {
	plan fragcalc.AttachPlan
	question
}

func (p *attachPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	switch p.question.key(a.keys, message) {
	case answerYes:
		a.dialog = nil
		return a.attach(p.plan)
	case answerNo:
		a.dialog = nil
		a.status.say("not attached: nothing was done")
	}
	return nil
}

// content names the target, what happens to it and what comes of it; the
// question is never cut.
func (p *attachPane) content(a *app, width, height int) (string, []string) {
	l := a.world.look
	var lines []string
	say := func(role paint.Role, text string) {
		for _, line := range draw.Wrap(text, width) {
			lines = append(lines, l.Text(role, line, width))
		}
	}
	rows := rowsOf(a.latest, p.plan.Target)
	what := p.plan.Name
	if len(rows) > 0 {
		what = rows[0].User + l.Glyphs.Dot + orElse(commandLine(l, rows[0]), what)
	} else {
		say(paint.Warn, "The process is not on this node's GPUs any more.")
	}
	lines = append(lines, l.Text(paint.Title, strconv.Itoa(p.plan.Target.PID)+l.Glyphs.Dot+what, width))
	if height > 11 {
		lines = append(lines, "")
	}
	role := paint.Text
	if p.plan.Stops {
		role = paint.Warn
	}
	python := ""
	if p.plan.Python != "" {
		python = "Python " + p.plan.Python + ": "
	}
	say(role, python+p.plan.Pause+".")
	if p.plan.Why != "" {
		say(paint.Muted, "It would not be stopped, but "+p.plan.Why+".")
	}
	say(paint.Text, "Then the shim is in it until it ends: one thread, asleep until somebody watches.")
	say(paint.Muted, "Its blocks are seen from now on. A release needs --force: graph captures cannot be counted in it.")
	room := max(height-2, 0)
	if len(lines) > room {
		lines = lines[:room]
	}
	return "Attach", append(append(lines, ""), p.buttons(l, "Attach?", width))
}
