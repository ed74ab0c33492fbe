package tui

import (
	"slices"
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/fanout"
)

// releases is the state of the release key: one release at a time.
type releases struct {
	request  int // number of the newest
	underway bool
}

// selected is the process that an action is meant for.
func (a *app) selected() (*fragcalc.Process, bool) {
	if node, ok := a.view().(*nodeView); ok {
		row, ok := node.processes.current()
		if !ok {
			return nil, false
		}
		return &row.Process, true
	}
	return a.world.process(a.world.place.row)
}

// tag tags the selected process, or takes the tag back, and goes on to the next.
func (a *app) tag(node *nodeView) {
	row, ok := node.processes.current()
	if !ok {
		return
	}
	if a.world.tagged[row.ProcessID] {
		delete(a.world.tagged, row.ProcessID)
	} else {
		a.world.tagged[row.ProcessID] = true
	}
	node.move(&a.world, lineDown)
	a.refresh()
}

// askRelease opens the question, or says why there is nothing to ask.
func (a *app) askRelease() {
	p, ok := a.selected()
	if !ok {
		return
	}
	tagged := a.taggedChoice()
	if reason := a.whyNotRelease(p); reason != "" && (len(tagged) == 0 || a.whyNothingReleases() != "") {
		a.status.warn(rowName(p.RowID) + " cannot be released: " + reason)
		return
	}
	choices := append(tagged, fanout.Choices(a.world.snapshot, p.RowID)...)
	choices = slices.DeleteFunc(choices, func(c fanout.Choice) bool { return !slices.ContainsFunc(c.Targets, a.releasable) })
	if len(choices) == 0 {
		a.status.warn("none of the tagged processes can be released")
		return
	}
	a.dialog = &releasePane{choices: choices}
}

// taggedChoice is all that is tagged, as one choice; none where nothing is.
func (a *app) taggedChoice() []fanout.Choice {
	if a.world.place.level != nodeLevel || len(a.world.tagged) == 0 {
		return nil
	}
	c := fanout.Choice{Name: strconv.Itoa(len(a.world.tagged)) + " tagged"}
	for i := range a.world.snapshot.Processes {
		if id := a.world.snapshot.Processes[i].ProcessID; a.world.tagged[id] && !slices.Contains(c.Targets, id) {
			c.Targets = append(c.Targets, id)
		}
	}
	return []fanout.Choice{c}
}

// releasable tells whether a process can be released as far as is known.
func (a *app) releasable(id fragcalc.ProcessID) bool {
	rows := rowsOf(a.world.snapshot, id)
	return len(rows) > 0 && a.whyNotRelease(rows[0]) == ""
}

// canRelease tells whether the release key is worth naming.
func (a *app) canRelease() bool {
	p, ok := a.selected()
	return ok && a.whyNotRelease(p) == ""
}

// whyNothingReleases is the reason why no process at all can be released, if
// there is one.
func (a *app) whyNothingReleases() string {
	switch {
	case a.world.snapshot.From != "":
		return "this was read from a file"
	case a.options.Readonly || a.options.Releaser == nil:
		return "this monitor is read-only (--readonly)"
	case a.releases.underway:
		return "another release is under way"
	}
	return ""
}

// whyNotRelease is the reason why a process cannot be released, if there is
// one.
func (a *app) whyNotRelease(p *fragcalc.Process) string {
	if why := a.whyNothingReleases(); why != "" {
		return why
	}
	switch {
	case !p.Instrumented:
		return "not instrumented; " + a.world.look.glyphs.Enter + " shows how to start it so that it can be"
	case !p.Hook.Available:
		return orElse(p.Hook.Reason, "its release hook is not available")
	}
	return ""
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// release begins a release that has been confirmed.
func (a *app) release(targets []fragcalc.ProcessID) tea.Cmd {
	a.releases.request++
	a.releases.underway = true
	who := strconv.Itoa(len(targets)) + " processes"
	if len(targets) == 1 {
		who = strconv.Itoa(targets[0].PID)
	}
	a.status.record("releasing the cache of " + who + " " + a.world.look.glyphs.Ellipsis)
	return releaseCmd(a.ctx, a.options.Releaser, fanout.Plan(a.world.snapshot, targets), a.releases.request)
}

// released says what a release has done, looks at once, and has the retries of
// the next seconds counted.
func (a *app) released(message releasedMsg) tea.Cmd {
	if message.request != a.releases.request {
		return nil
	}
	a.releases.underway = false
	text, good := reportWords(a.world.look, message.report)
	if good {
		a.status.recordGood(text)
	} else {
		a.status.recordBad(text)
	}
	if len(message.report.Outcomes) > 1 && a.dialog == nil && !a.filter.editing {
		a.dialog = &outcomesPane{report: message.report}
	}
	if message.report.Done() == 0 {
		return a.pollSoon()
	}
	return tea.Batch(a.pollSoon(), retriesCmd(a.ctx, a.options.Releaser, message.report, message.request))
}

// retried says how often allocators have missed what was released.
func (a *app) retried(message retriedMsg) {
	if message.request != a.releases.request || a.releases.underway {
		return
	}
	a.status.record(retriesWords(message.report, message.retries))
}
