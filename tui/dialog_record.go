package tui

import (
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// recordPane asks whether to record the history of a process, which costs it
// something.
type recordPane struct {
	target fragcalc.RowID
	question
	scroll
}

func (p *recordPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	switch p.question.key(a.keys, message) {
	case answerYes:
		a.dialog = nil
		return a.record(p.target)
	case answerNo:
		a.dialog = nil
		a.status.say("not recorded: nothing was done")
	default:
		p.scroll.key(a.keys, message)
	}
	return nil
}

// content names the target and the price; the question is never cut, and what
// is said before it scrolls where it must.
func (p *recordPane) content(a *app, width, height int) (string, []string) {
	l := a.world.look
	var lines []string
	say := func(role paint.Role, text string) {
		for _, line := range draw.Wrap(text, width) {
			lines = append(lines, l.Text(role, line, width))
		}
	}
	if rows := rowsOf(a.latest, p.target.ProcessID); len(rows) == 0 {
		say(paint.Warn, "Process "+strconv.Itoa(p.target.PID)+" has ended.")
	} else {
		who := strconv.Itoa(rows[0].PID) + l.Glyphs.Dot + rows[0].User + l.Glyphs.Dot + commandLine(l, rows[0])
		lines = append(lines, l.Text(paint.Title, who, width))
	}
	if height > 9 {
		lines = append(lines, "")
		say(paint.Text, "What other settings of its allocator would have done is computed from the history of its allocations.")
		lines = append(lines, "")
	}
	say(paint.Muted, "Cost: "+recordRequest(p.target.ProcessID).Price()+".")
	spare := 1 // a blank line
	if height < 8 {
		spare = 0
	}
	room := max(height-1-spare, 0)
	shown := append([]string(nil), p.window(lines, room)...)
	if spare > 0 {
		shown = append(shown, "")
	}
	title := "Record history"
	if p.lines > p.height {
		title += l.Glyphs.Dot + "j k scroll"
	}
	return title, append(shown, p.buttons(l, "Record?", width))
}
