package tui

import (
	"strconv"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// releasePane asks whether to release the cache of a process. The answer is no
// unless the user says yes.
type releasePane struct {
	target fragcalc.ProcessID
	yes    bool // which button is chosen
}

func (p *releasePane) key(a *app, message tea.KeyMsg) tea.Cmd {
	k := a.keys
	switch name := message.String(); {
	case name == "y", name == "Y", name == "enter" && p.yes:
		a.dialog = nil
		return a.release(p.target)
	case name == "enter", name == "n", name == "N", name == "esc", key.Matches(message, k.Quit):
		a.dialog = nil
		a.status.say("not released: nothing was done")
	case name == "left", name == "right", name == "tab", name == "shift+tab", name == "h", name == "l":
		p.yes = !p.yes
	}
	return nil
}

// content names the target and the consequences; the question is never cut.
func (p *releasePane) content(a *app, width, height int) (string, []string) {
	l := a.world.look
	var lines []string
	say := func(role paint.Role, text string) {
		for _, line := range wrap(text, width) {
			lines = append(lines, l.text(role, line, width))
		}
	}
	rows := rowsOf(a.latest, p.target)
	if len(rows) == 0 {
		say(paint.Warn, "Process "+strconv.Itoa(p.target.PID)+" has ended.")
	} else {
		first := rows[0]
		lines = append(lines, l.text(paint.Title, strconv.Itoa(first.PID)+l.glyphs.Dot+first.User+l.glyphs.Dot+first.Command, width), "")
	}
	for _, row := range rows {
		say(paint.Text, gpuLabel(a.latest, row.GPUUUID)+": "+predicted(l, row))
	}
	if height > 9 {
		lines = append(lines, "")
	}
	say(paint.Muted, "Cost: the process synchronises its GPUs, and its next allocations are slower.")
	say(paint.Muted, "Helps other processes and libraries on the GPU; not this process's own out-of-memory errors: "+
		"PyTorch flushes its cache before it gives up.")
	no, yes := paint.Selection, paint.Text
	if p.yes {
		no, yes = yes, no
	}
	buttons := l.line(width).Text(paint.Text, "Release?  ").Text(no, "[ No ]").Text(paint.Text, "  ").Text(yes, "[ Yes ]").
		Text(paint.Muted, "   n"+l.glyphs.Dot+"y")
	room := max(height-2, 0)
	if len(lines) > room {
		lines = lines[:room]
	}
	return "Release cache", append(append(lines, ""), buttons.String())
}

// predicted is what a release of one row is expected to return.
func predicted(l *look, row *fragcalc.Process) string {
	if estimate, ok := row.ReleaseEstimate.Get(); ok {
		return l.prose(estimate) + " back (predicted)"
	}
	return "unknown how much comes back: " + row.ReleaseEstimate.Reason()
}

// rowsOf are the rows of a process, one a GPU.
func rowsOf(snapshot *fragcalc.Snapshot, id fragcalc.ProcessID) []*fragcalc.Process {
	var rows []*fragcalc.Process
	for i := range snapshot.Processes {
		if snapshot.Processes[i].ProcessID == id {
			rows = append(rows, &snapshot.Processes[i])
		}
	}
	return rows
}

// gpuLabel names a device as the screen does.
func gpuLabel(snapshot *fragcalc.Snapshot, uuid string) string {
	for i := range snapshot.GPUs {
		if snapshot.GPUs[i].UUID == uuid {
			return "GPU " + strconv.Itoa(snapshot.GPUs[i].Index)
		}
	}
	return uuid
}
