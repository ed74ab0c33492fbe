package tui

import (
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
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
		if !ok || row.group != nil {
			return nil, false
		}
		return &row.Process, true
	}
	return a.world.process(a.world.place.row)
}

// askRelease opens the question, or says why there is nothing to ask.
func (a *app) askRelease() {
	p, ok := a.selected()
	if !ok {
		return
	}
	if reason := a.whyNotRelease(p); reason != "" {
		a.status.warn(rowName(p.RowID) + " cannot be released: " + reason)
		return
	}
	a.dialog = &releasePane{target: p.ProcessID}
}

// canRelease tells whether the release key is worth naming.
func (a *app) canRelease() bool {
	p, ok := a.selected()
	return ok && a.whyNotRelease(p) == ""
}

// whyNotRelease is the reason why a process cannot be released, if there is
// one.
func (a *app) whyNotRelease(p *fragcalc.Process) string {
	switch {
	case a.world.snapshot.From != "":
		return "this was read from a file"
	case a.options.Readonly || a.options.Releaser == nil:
		return "this monitor is read-only (--readonly)"
	case p.OutOfReach:
		return p.Hook.Reason
	case !p.Instrumented:
		return "not instrumented; " + a.world.look.glyphs.Enter + " shows how to start it so that it can be"
	case !p.Hook.Available:
		return orElse(p.Hook.Reason, "its release hook is not available")
	case a.releases.underway:
		return "another release is under way"
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
func (a *app) release(target fragcalc.ProcessID) tea.Cmd {
	a.releases.request++
	a.releases.underway = true
	a.status.record("releasing the cache of " + strconv.Itoa(target.PID) + " " + a.world.look.glyphs.Ellipsis)
	return releaseCmd(a.ctx, a.options.Releaser, target, a.releases.request)
}

// released says what a release has done, and looks at once.
func (a *app) released(message releasedMsg) tea.Cmd {
	if message.request != a.releases.request {
		return nil
	}
	a.releases.underway = false
	text, good := releaseWords(a.world.look, message.outcome)
	if good {
		a.status.recordGood(text)
	} else {
		a.status.recordBad(text)
	}
	return a.pollSoon()
}

// releaseWords is the outcome of a release in one line, and whether it did
// what it should.
func releaseWords(l *look, outcome fragcalc.ReleaseOutcome) (text string, good bool) {
	who := strconv.Itoa(outcome.Target.PID) + ": "
	if outcome.Status != fragcalc.ReleaseDone {
		return who + "not released: " + orElse(outcome.Reason, string(outcome.Status)), false
	}
	var back, estimate int64
	knownBack, knownEstimate := true, true
	for _, gpu := range outcome.GPUs {
		before, ok := gpu.Before.Get()
		after, ok2 := gpu.After.Get()
		predicted, ok3 := gpu.Estimate.Get()
		back += before - after
		estimate += predicted
		knownBack = knownBack && ok && ok2
		knownEstimate = knownEstimate && ok3
	}
	text = who + "released an unknown amount"
	if knownBack && len(outcome.GPUs) > 0 {
		text = who + "released " + l.prose(back)
	}
	if len(outcome.GPUs) > 1 {
		text += " on " + plural(len(outcome.GPUs), "GPU")
	}
	text += " in " + units.Duration(outcome.Took)
	if knownEstimate && len(outcome.GPUs) > 0 {
		text += " (predicted " + l.prose(estimate) + ")"
	}
	if outcome.Reason != "" {
		text += ": " + outcome.Reason
	}
	return text, !knownBack || !knownEstimate || back >= estimate
}
