package tui

import (
	"slices"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/fanout"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// releases is the state of the release key: one release at a time.
type releases struct {
	request  int // number of the newest
	underway bool
	told     map[int]bool // PIDs whose outcome a release has told, or will

	// Of the newest:
	targets    []fragcalc.ProcessID
	begun      time.Time
	known      map[fragcalc.ProcessID]bool // whose outcome is known
	released   int                         // of those
	unmeasured int                         // of the released: nobody knows how much
	back       int64                       // bytes that the others gave back
}

// tells whether an event is only the process's own note of what a release of
// this monitor tells, and in more words.
func (r *releases) tells(e *fragcalc.Event) bool {
	return e.Own && (e.Kind == "release" || e.Kind == "release_refused") && r.told[e.PID]
}

// selected is the process that an action is meant for.
func (a *app) selected() (*fragcalc.Process, bool) {
	if a.world.place.level == nodeLevel {
		row, ok := a.views.node().processes.Current()
		if !ok || row.group != nil {
			return nil, false
		}
		return row.Process, true
	}
	return a.world.process(a.world.place.row)
}

// whyNotTag is the reason why there is nothing to tag for, if there is one: what is
// tagged is neither released nor signalled.
func (a *app) whyNotTag() string {
	if !a.options.Readonly && a.options.Releaser != nil && a.world.snapshot.From == "" {
		return ""
	}
	return a.whyNotSignal()
}

// tag tags the selected process, or all of the selected job, or takes the tags
// back, and goes on to the next. Or it says why that would be for nothing.
func (a *app) tag(node *nodeView) {
	if why := a.whyNotTag(); why != "" {
		a.status.warn("nothing is tagged: " + why)
		return
	}
	row, ok := node.processes.Current()
	if !ok {
		return
	}
	ids := []fragcalc.ProcessID{row.ProcessID}
	if row.group != nil {
		ids = fanout.OfGroup(a.world.snapshot, row.group).Targets
	}
	all := !slices.ContainsFunc(ids, func(id fragcalc.ProcessID) bool { return !a.world.tagged[id] })
	for _, id := range ids {
		if all {
			delete(a.world.tagged, id)
		} else {
			a.world.tagged[id] = true
		}
	}
	node.move(&a.world, table.LineDown)
	a.refresh()
}

// askRelease opens the question, or says why there is nothing to ask. With all,
// everything that goes with the selected process is chosen at first.
func (a *app) askRelease(all bool) {
	choices := a.taggedChoice()
	why, who := a.whyNothingReleases(), ""
	if c, ok := a.jobChoice(); ok {
		choices, who = append(choices, c), c.Name
	} else if p, ok := a.selected(); ok {
		who = rowName(p.RowID)
		if why = a.whyNotRelease(p); why == "" || len(choices) > 0 {
			choices = append(choices, fanout.Choices(a.world.snapshot, p.RowID)...)
		}
	} else {
		return
	}
	choices = slices.DeleteFunc(choices, func(c fanout.Choice) bool { return !slices.ContainsFunc(c.Targets, a.releasable) })
	if len(choices) == 0 {
		a.status.warn(who + " cannot be released: " + orElse(why, "none of them permits it"))
		return
	}
	if len(a.taggedChoice()) == 0 && a.unchosen() {
		return
	}
	pane := &releasePane{choices: choices}
	if all {
		pane.chosen = len(choices) - 1 // they come from the narrowest to the widest
	}
	a.dialog = pane
}

// jobChoice are all members of the job whose row is selected.
func (a *app) jobChoice() (fanout.Choice, bool) {
	if a.world.place.level != nodeLevel {
		return fanout.Choice{}, false
	}
	row, ok := a.views.node().processes.Current()
	if !ok || row.group == nil {
		return fanout.Choice{}, false
	}
	return fanout.OfGroup(a.world.snapshot, row.group), true
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
		return "another release is under way, and cannot be cancelled"
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
	case p.OutOfReach:
		return p.Hook.Reason
	case !p.Instrumented:
		return "not instrumented; " + a.world.look.Glyphs.Enter + " shows how to start it so that it can be"
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
	told := a.releases.told // notes of the release before may be still to come
	if told == nil {
		told = map[int]bool{}
	}
	for _, target := range targets {
		told[target.PID] = true
	}
	a.releases = releases{
		request: a.releases.request + 1, underway: true, told: told,
		targets: targets, begun: a.status.time(), known: map[fragcalc.ProcessID]bool{},
	}
	who := strconv.Itoa(len(targets)) + " processes"
	if len(targets) == 1 {
		who = strconv.Itoa(targets[0].PID)
	}
	a.status.begin("releasing the cache of " + who)
	return a.work(releaseCmd(a.ctx, a.options.Releaser, fanout.Plan(a.world.snapshot, targets), a.releases.request))
}

// released says what a release has done, looks at once, and has the retries of
// the next seconds counted.
func (a *app) released(message releasedMsg) tea.Cmd {
	if message.request != a.releases.request {
		return nil
	}
	a.releases.underway = false
	for _, o := range message.report.Outcomes {
		if o.Status == fragcalc.ReleaseUnanswered { // only its note will tell
			delete(a.releases.told, o.Target.PID)
		}
		a.releases.take(a, o)
	}
	text, good := reportWords(a.world.look, message.report)
	n := note{text: text, role: paint.OK}
	if !good {
		n.role = paint.Warn
	}
	a.status.see(n) // the log has the outcomes
	if len(message.report.Outcomes) > 1 {
		a.log.add(logEntry{at: a.status.time(), text: sumWords(a.world.look, message.report), role: n.role, done: true})
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
