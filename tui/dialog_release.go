package tui

import (
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/fanout"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// releasePane asks whose cache to release, and whether. The answer is no
// unless the user says yes.
type releasePane struct {
	choices []fanout.Choice
	chosen  int
	job     string // why the job of the process is no choice; empty where it is, or there is none
	question
	scroll
	whom   []string // the head
	said   []string // the consequences
	saidOf releaseTold
}

// releaseTold is all that head and consequences depend on. They are kept, since
// they cost a pass over the processes for each target, and a pane is drawn at
// every key.
type releaseTold struct {
	snapshot *fragcalc.Snapshot
	chosen   int
	width    int
	spaced   bool
	unit     draw.Unit
	palette  *paint.Palette
}

func (p *releasePane) key(a *app, message tea.KeyMsg) tea.Cmd {
	switch name := message.String(); {
	case len(p.choices) > 1 && (name == "up" || name == "down"):
		by := 1
		if name == "up" {
			by = len(p.choices) - 1
		}
		p.chosen = (p.chosen + by) % len(p.choices)
		p.yes = false // what was said yes to was something else
		p.top = 0
		return nil
	}
	switch p.question.key(a.keys, message) {
	case answerYes:
		a.dialog = nil
		return a.release(p.choices[p.chosen].Targets)
	case answerNo:
		a.dialog = nil
		a.status.say("not released: nothing was done")
	default:
		p.scroll.key(a.keys, message)
	}
	return nil
}

// content names the target and the consequences, the gravest first. The target
// and the question are never cut; what is between them scrolls where it must.
func (p *releasePane) content(a *app, width, height int) (string, []string) {
	l := a.world.look
	choice := p.choices[p.chosen]
	if of := (releaseTold{a.latest, p.chosen, width, height > 9, l.Unit, l.Palette}); p.saidOf != of {
		p.whom, p.said, p.saidOf = p.head(a, choice, width), p.consequences(a, choice, width, of.spaced), of
	}
	head := slices.Clip(p.whom)
	spare := 1 // a blank line before the question
	if height < 8 {
		spare = 0
	}
	if height > 12 {
		head = append(head, "")
	}
	room := max(height-1-spare-len(head), 0)
	shown := append(head, p.window(p.said, room)...)
	if spare > 0 {
		shown = append(shown, "")
	}
	title := "Release cache"
	if p.lines > p.height {
		title += l.Glyphs.Dot + "j k scroll"
	}
	return title, append(shown, p.buttons(l, "Release?", width))
}

// consequences are what the release does, the gravest first.
func (p *releasePane) consequences(a *app, choice fanout.Choice, width int, spaced bool) []string {
	l := a.world.look
	var lines []string
	say := func(role paint.Role, text string) {
		for _, line := range draw.Wrap(text, width) {
			lines = append(lines, l.Text(role, line, width))
		}
	}
	for _, effect := range fanout.Effects(a.latest, choice.Targets) {
		say(paint.Warn, effect)
	}
	if p.job != "" {
		say(paint.Warn, p.job)
	}
	if len(choice.Targets) > 1 {
		say(paint.Text, totalBack(a, choice.Targets))
	}
	for _, target := range choice.Targets {
		p.sayTarget(a, say, target, len(choice.Targets) == 1)
	}
	for _, left := range choice.Left {
		say(paint.Warn, left)
	}
	if spaced {
		lines = append(lines, "")
	}
	say(paint.Muted, "Cost: the process synchronises its GPUs, and its next allocations are slower.")
	say(paint.Muted, "Helps other processes and libraries on the GPU; not this process's own out-of-memory errors: "+
		"PyTorch flushes its cache before it gives up.")
	return lines
}

// head is who is meant, and how to mean somebody else.
func (p *releasePane) head(a *app, choice fanout.Choice, width int) []string {
	l := a.world.look
	var head []string
	if len(choice.Targets) == 1 {
		rows := rowsOf(a.latest, choice.Targets[0])
		who := "Process " + strconv.Itoa(choice.Targets[0].PID) + " has ended."
		if len(rows) > 0 {
			who = strconv.Itoa(rows[0].PID) + l.Glyphs.Dot + rows[0].User + l.Glyphs.Dot + commandLine(l, rows[0])
		}
		head = append(head, l.Text(paint.Title, who, width))
	} else {
		head = append(head, l.Text(paint.Title, choice.Name+l.Glyphs.Dot+pidList(choice.Targets), width))
	}
	if len(p.choices) > 1 {
		which := strconv.Itoa(p.chosen+1) + "/" + strconv.Itoa(len(p.choices))
		if len(choice.Targets) == 1 { // else the line above names the choice
			which += " " + choice.Name
		}
		line := l.Line(width).Text(paint.Accent, which)
		var others []string
		for i, c := range p.choices {
			if i != p.chosen {
				others = append(others, c.Name)
			}
		}
		head = append(head, line.Text(paint.Muted, l.Glyphs.Dot+"up down: "+strings.Join(others, ", ")).String())
	}
	return head
}

func pidList(targets []fragcalc.ProcessID) string {
	pids := make([]string, len(targets))
	for i, t := range targets {
		pids[i] = strconv.Itoa(t.PID)
	}
	return strings.Join(pids, " ")
}

// sayTarget says what is expected back from a process: on each GPU, or in a
// line with its name where it is one of several.
func (p *releasePane) sayTarget(a *app, say func(paint.Role, string), target fragcalc.ProcessID, alone bool) {
	l := a.world.look
	rows := rowsOf(a.latest, target)
	prefix := ""
	if !alone {
		prefix = strconv.Itoa(target.PID) + " on "
	}
	if len(rows) == 0 && !alone {
		say(paint.Warn, strconv.Itoa(target.PID)+" has ended.")
	}
	for _, row := range rows {
		if why := a.whyNotRelease(row); why != "" && !alone {
			say(paint.Warn, strconv.Itoa(target.PID)+" will refuse: "+why)
			return
		}
		say(paint.Text, prefix+gpuLabel(a.latest, row.GPUUUID)+": "+predicted(l, row))
	}
}

// totalBack is what is expected back from several processes, on which devices:
// whoever is released is released on all of its own.
func totalBack(a *app, targets []fragcalc.ProcessID) string {
	l := a.world.look
	total, known, unknown := int64(0), 0, 0
	on := map[string]bool{}
	for _, target := range targets {
		for _, row := range rowsOf(a.latest, target) {
			if a.whyNotRelease(row) != "" {
				continue
			}
			on[row.GPUUUID] = true
			if estimate, ok := row.ReleaseEstimate.Get(); ok {
				total += estimate
				known++
			} else {
				unknown++
			}
		}
	}
	var devices []string
	for _, gpu := range a.latest.GPUs {
		if on[gpu.UUID] {
			devices = append(devices, strconv.Itoa(gpu.Index))
		}
	}
	text := "In all " + l.Prose(total) + " back (predicted)"
	switch {
	case known == 0:
		text = "Unknown how much comes back in all"
	case unknown > 0:
		text += ", and what is unknown"
	}
	if len(devices) > 1 {
		text += ", on GPUs " + strings.Join(devices, ", ") + ": each process is released on all GPUs it uses"
	}
	return text + "."
}

// predicted is what a release of one row is expected to return.
func predicted(l *draw.Look, row *fragcalc.Process) string {
	if estimate, ok := row.ReleaseEstimate.Get(); ok {
		return l.Prose(estimate) + " back (predicted)"
	}
	return "unknown how much comes back: " + row.ReleaseEstimate.Reason()
}

// outcomesPane shows what came of a release of several processes.
type outcomesPane struct {
	report fragcalc.ReleaseReport
	scroll
}

func (p *outcomesPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	if !p.scroll.key(a.keys, message) {
		a.dialog = nil
	}
	return nil
}

func (p *outcomesPane) content(a *app, width, height int) (string, []string) {
	l := a.world.look
	var lines []string
	say := func(text string, good bool) {
		role := paint.OK
		if !good {
			role = paint.Warn
		}
		for _, line := range draw.Wrap(text, width) {
			lines = append(lines, l.Text(role, line, width))
		}
	}
	for _, o := range p.report.Outcomes {
		say(releaseWords(l, o))
	}
	lines = append(lines, "")
	say(reportWords(l, p.report))
	for _, g := range p.report.GPUs {
		if !g.Taken.Known() {
			say(gpuLabel(a.latest, g.GPUUUID)+": what was taken meanwhile is unknown: "+g.Taken.Reason(), true)
		}
	}
	shown := p.window(lines, height)
	return "Released" + p.hint(l), shown
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
