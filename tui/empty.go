package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// emptiness is the asking why a node shows no process.
type emptiness struct {
	underway bool
	asked    time.Time // sample at which it was asked last
}

// askAgainAfter is how long an answer holds while the node stays empty.
const askAgainAfter = 15 * time.Second

// askWhyEmpty asks the doctor when the node shows no process.
func (a *app) askWhyEmpty() tea.Cmd {
	s := a.latest
	if a.options.Doctor == nil || s == nil || s.Demo || len(s.Processes) > 0 || a.empty.underway {
		return nil
	}
	if !a.empty.asked.IsZero() && s.At.Sub(a.empty.asked) < askAgainAfter {
		return nil
	}
	a.empty = emptiness{underway: true, asked: s.At}
	return diagnoseCmd(a.ctx, a.options.Doctor)
}

// diagnosed shows what the doctor has found.
func (a *app) diagnosed(message diagnosedMsg) {
	a.empty.underway = false
	a.world.findings = message.report.Worst()
	a.refresh()
}

// nothingYet is what stands in the place of an empty table: what is missing and
// the way to it. Where there is no room for all, what matters most stays, and
// the way to see the tool at work.
func nothingYet(w *world, width, height int) []string {
	const roomy = 14
	l := w.look
	say := func(role paint.Role, indent, text string) (lines []string) {
		for _, line := range draw.Wrap(text, width-len(indent)-1) {
			lines = append(lines, l.Text(role, indent+line, width))
		}
		return lines
	}
	last := append(say(paint.Muted, " ", "See the tool at work without any of this:"), l.Text(paint.Accent, wayin.DemoLine, width))
	if height < roomy {
		last = say(paint.Muted, " ", wayin.DemoLine+"  shows the tool")
	}
	room := height - len(last)
	lines := []string{l.Text(paint.Title, " Nothing to show yet", width)}
	for _, f := range w.findings {
		part := []string{}
		if height >= roomy {
			part = append(part, "")
		}
		role, mark := paint.Text, " "
		if f.Level == wayin.Problem {
			role, mark = paint.Warn, " ! "
		}
		part = append(part, say(role, mark, f.What)...)
		if f.Why != "" && height >= roomy {
			part = append(part, say(paint.Muted, "   ", f.Why)...)
		}
		if f.Do != "" {
			part = append(part, say(paint.Accent, "", f.Do)...) // from the edge, so that it copies clean
		}
		if len(lines)+len(part) > room {
			break
		}
		lines = append(lines, part...)
	}
	if height >= roomy && len(lines) < room {
		lines = append(lines, "")
	}
	return append(lines[:min(len(lines), max(room, 0))], last[:min(len(last), max(height, 0))]...)
}
