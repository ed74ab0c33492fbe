package tui

import (
	"context"
	"errors"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// attaches is the state of the attach key: one at a time.
type attaches struct {
	request   int // number of the newest
	underway  bool
	target    fragcalc.ProcessID
	begun     time.Time
	withdraw  context.CancelFunc
	withdrawn bool
}

// plannedMsg says what attaching would do, or why it cannot be.
type plannedMsg struct {
	request int
	target  fragcalc.ProcessID
	plan    fragcalc.AttachPlan
	err     error
}

// attachedMsg says how attaching ended.
type attachedMsg struct {
	request int
	target  fragcalc.ProcessID
	stopped time.Duration
	err     error
}

// attachDeadline bounds an attach: its main thread may be long in coming back
// to Python.
const attachDeadline = 35 * time.Second

// askAttach finds out what there is to ask. On a process that is being attached
// to it cancels that.
func (a *app) askAttach() tea.Cmd {
	p, ok := a.selected()
	if !ok {
		return nil
	}
	if t := &a.attaches; t.underway && t.target == p.ProcessID {
		t.cancel(a)
		return nil
	}
	if reason := a.whyNotAttach(p); reason != "" {
		a.status.warn(rowName(p.RowID) + " cannot be attached to: " + reason)
		return nil
	}
	if a.unchosen() {
		return nil
	}
	a.attaches.request++
	request, attacher, target := a.attaches.request, a.options.Attacher, p.ProcessID
	return func() tea.Msg {
		plan, err := attacher.PlanAttach(target)
		return plannedMsg{request, target, plan, err}
	}
}

// canAttach tells whether the attach key is worth naming.
func (a *app) canAttach() bool {
	p, ok := a.selected()
	return ok && a.whyNotAttach(p) == ""
}

// whyNotAttach is the reason why a process cannot be attached to, as far as it
// is known without looking at it.
func (a *app) whyNotAttach(p *fragcalc.Process) string {
	switch {
	case a.world.snapshot.From != "" || a.replay != nil:
		return "this was read from a file"
	case a.options.Readonly:
		return "this monitor is read-only (--readonly)"
	case a.options.Attacher == nil:
		return "there is no such process here"
	case p.Instrumented:
		return "instrumented already"
	case otherFramework(p) != "":
		return "gpufragtop sees inside PyTorch only, and this is " + otherFramework(p)
	case a.attaches.underway:
		return "another attach is under way; " + keyNames(a.keys.Attach) + " on " + strconv.Itoa(a.attaches.target.PID) + " cancels it"
	}
	return ""
}

// planned opens the question, unless the user has gone on to something else.
func (a *app) planned(message plannedMsg) {
	switch {
	case message.request != a.attaches.request || a.dialog != nil || a.filter.editing:
	case message.err != nil:
		a.status.warn("not attached: " + message.err.Error())
	default:
		a.dialog = &attachPane{plan: message.plan}
	}
}

// attach begins an attach that has been confirmed.
func (a *app) attach(plan fragcalc.AttachPlan) tea.Cmd {
	ctx, cancel := context.WithTimeout(a.ctx, attachDeadline)
	a.attaches = attaches{
		request: a.attaches.request + 1, underway: true,
		target: plan.Target, begun: a.status.time(), withdraw: cancel,
	}
	a.status.begin("attaching to " + strconv.Itoa(plan.Target.PID))
	request, attacher := a.attaches.request, a.options.Attacher
	return a.work(func() tea.Msg {
		defer cancel()
		stopped, err := attacher.Attach(ctx, plan)
		return attachedMsg{request, plan.Target, stopped, err}
	})
}

// cancel ends an attach. What it had begun in the process is taken back as far
// as it can be; its end says what came of it.
func (t *attaches) cancel(a *app) {
	who := strconv.Itoa(t.target.PID)
	if t.withdrawn {
		a.status.say("the attach to " + who + " is being cancelled")
		return
	}
	t.withdrawn = true
	t.withdraw()
	a.status.begin("cancelling the attach to " + who)
}

// doing says for how long an attach has been under way; empty when none is.
func (t *attaches) doing(a *app) string {
	who, wait := strconv.Itoa(t.target.PID), " "+a.world.look.Glyphs.Ellipsis+a.elapsed(t.begun)
	switch {
	case !t.underway:
		return ""
	case t.withdrawn:
		return "cancelling the attach to " + who + wait
	}
	return "attaching to " + who + wait + "; " + keyNames(a.keys.Attach) + " on it cancels"
}

// attached says what an attach has done, and looks at once.
func (a *app) attached(message attachedMsg) tea.Cmd {
	if message.request != a.attaches.request {
		return nil
	}
	a.attaches.underway = false
	who := strconv.Itoa(message.target.PID)
	switch {
	case message.err != nil && a.attaches.withdrawn:
		a.status.record("the attach to " + who + " was cancelled: " + message.err.Error())
	case errors.Is(message.err, context.Canceled): // the program ends
		return nil
	case message.err != nil:
		a.status.recordBad("not attached: " + message.err.Error())
	case message.stopped > 0:
		a.status.recordGood("attached to " + who + ", which stood still for " + units.Duration(message.stopped))
	default:
		a.status.recordGood("attached to " + who + ", which did not stop")
	}
	return a.pollSoon()
}
