package tui

import (
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// releasePane asks whether to release the cache of a process. The answer is no
// unless the user says yes.
type releasePane struct {
	target fragcalc.ProcessID
	question
}

func (p *releasePane) key(a *app, message tea.KeyMsg) tea.Cmd {
	switch p.question.key(a.keys, message) {
	case answerYes:
		a.dialog = nil
		return a.release(p.target)
	case answerNo:
		a.dialog = nil
		a.status.say("not released: nothing was done")
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
	room := max(height-2, 0)
	if len(lines) > room {
		lines = lines[:room]
	}
	return "Release cache", append(append(lines, ""), p.buttons(l, "Release?", width))
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
