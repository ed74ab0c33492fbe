package tui

import (
	"context"
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// outcomeMsg is what came of one process of a release of several.
type outcomeMsg struct {
	request int
	outcome fragcalc.ReleaseOutcome
	next    tea.Cmd // waits for what comes behind it
}

// releaseCmd carries a plan out. The releaser bounds its time. Of several
// processes each outcome is told when it is known, and behind all of them the
// report.
func releaseCmd(ctx context.Context, releaser Releaser, plan fragcalc.ReleasePlan, request int) tea.Cmd {
	targets := 0
	for _, step := range plan.Steps {
		targets += len(step)
	}
	if targets == 1 {
		return func() tea.Msg {
			return releasedMsg{request, releaser.Release(ctx, plan, func(fragcalc.ReleaseOutcome) {})}
		}
	}
	messages := make(chan tea.Msg, targets+1) // has room for all: a release never waits for the screen
	next := func() tea.Msg { return <-messages }
	does := func() tea.Msg {
		told := 0
		report := releaser.Release(ctx, plan, func(o fragcalc.ReleaseOutcome) {
			if told++; told <= targets {
				messages <- outcomeMsg{request, o, next}
			}
		})
		messages <- releasedMsg{request, report}
		return nil
	}
	return tea.Batch(does, next)
}

// outcome takes in what came of one process, and waits for the next.
func (a *app) outcome(message outcomeMsg) tea.Cmd {
	if message.request == a.releases.request && a.releases.underway {
		a.releases.take(a, message.outcome)
	}
	return message.next
}

// take counts an outcome, and writes it into the log, once.
func (r *releases) take(a *app, o fragcalc.ReleaseOutcome) {
	if r.known[o.Target] {
		return
	}
	r.known[o.Target] = true
	if o.Status == fragcalc.ReleaseDone {
		r.released++
		if back, ok := o.Back().Get(); ok {
			r.back += back
		} else {
			r.unmeasured++
		}
	}
	text, good := outcomeWords(a.world.look, o)
	role := paint.OK
	if !good {
		role = paint.Warn
	}
	a.log.add(logEntry{at: a.status.time(), pid: o.Target.PID, text: text, role: role, done: true})
}

// doing says how far a release has come; empty when none is under way.
func (r *releases) doing(a *app) string {
	if !r.underway {
		return ""
	}
	l := a.world.look
	if len(r.targets) == 1 {
		return "releasing the cache of " + strconv.Itoa(r.targets[0].PID) + " " + l.Glyphs.Ellipsis + a.elapsed(r.begun)
	}
	text := "releasing: " + strconv.Itoa(len(r.known)) + " of " + strconv.Itoa(len(r.targets)) + " done"
	if refused := len(r.known) - r.released; refused > 0 {
		text += ", " + strconv.Itoa(refused) + " of them not released"
	}
	switch measured := r.released - r.unmeasured; {
	case measured > 0 && r.unmeasured > 0:
		text += ", " + l.Prose(r.back) + " and an unknown amount so far"
	case measured > 0:
		text += ", " + l.Prose(r.back) + " so far"
	case r.unmeasured > 0:
		text += ", an unknown amount so far"
	}
	return text + " " + l.Glyphs.Ellipsis + a.elapsed(r.begun)
}
