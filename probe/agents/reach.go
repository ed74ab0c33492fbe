package agents

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// refused says why nothing was asked of a process; its zero value: nothing
// speaks against it.
type refused struct {
	status fragcalc.ReleaseStatus
	reason string
}

func (r refused) yes() bool { return r.status != "" }

// reach finds the agent of a process that something is to be asked of, and has
// it tell what it can do. what is what the agent would do, for messages.
func (w *Watcher) reach(ctx context.Context, target fragcalc.ProcessID, what string) (*agent, refused) {
	id, state, err := w.opener.proc.identify(target.PID)
	switch {
	case errors.Is(err, fs.ErrNotExist) && w.opener.proc.hides(target.PID):
		return nil, refused{fragcalc.ReleaseNotPermitted, Hidden}
	case errors.Is(err, fs.ErrNotExist):
		return nil, refused{fragcalc.ReleaseGone, "the process has ended"}
	case err != nil:
		return nil, refused{fragcalc.ReleaseFailed, err.Error()}
	case target.StartTicks != 0 && id != target: // without: whoever has the number now
		return nil, refused{fragcalc.ReleasePIDReused, fmt.Sprintf("pid %d belongs to another process now", id.PID)}
	}
	var a *agent
	var why refused
	w.settle(ctx, true, func() { a, why = w.target(id) })
	if a == nil {
		return nil, why
	}
	if a.nobody != "" {
		return nil, refused{fragcalc.ReleaseNotPermitted, a.nobody}
	}
	if isStopped(state) {
		return nil, refused{fragcalc.ReleaseStopped, "the process is stopped, by a signal or a debugger: it would " + what + " only when it goes on"}
	}
	a.introduce(ctx)
	return a, refused{}
}

// target is the agent of a process, found anew if need be. It is called with
// w.mu held.
func (w *Watcher) target(id fragcalc.ProcessID) (*agent, refused) {
	if w.closed {
		return nil, refused{fragcalc.ReleaseFailed, "this monitor is closing"}
	}
	w.use()
	if w.agents[id.PID] != nil {
		w.check(id.PID)
	}
	if w.agents[id.PID] == nil {
		found, _, err := w.opener.proc.findLinks(id.PID, 0)
		if errors.Is(err, fs.ErrPermission) {
			return nil, refused{fragcalc.ReleaseNotPermitted, w.opener.proc.deny(id.PID)}
		}
		w.open(sighting{id, found})
		w.noteThreads([]int{id.PID})
	}
	if a := w.agents[id.PID]; a != nil {
		return a, refused{}
	}
	if b, ok := w.broken[id.PID]; ok {
		if errors.Is(b.err, errNotPermitted) {
			return nil, refused{fragcalc.ReleaseNotPermitted, b.err.Error()}
		}
		return nil, refused{fragcalc.ReleaseFailed, b.err.Error()}
	}
	return nil, refused{fragcalc.ReleaseNotInstrumented, fmt.Sprintf("the process is not instrumented: see gpufragtop run, or gpufragtop attach %d", id.PID)}
}

// introduce wakes the agent and gives it a moment to tell what it can do and
// what is underway: asleep it does not look.
func (a *agent) introduce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, freshWait)
	defer cancel()
	asked := now()
	a.rouse()
	for !a.hasLooked(asked) && sleep(ctx, glance) {
	}
}

// request puts a request into our command slot, unless check, given the page's
// header, says that it would be refused. begin is how long it may wait to be
// begun, whatever ctx says.
func (a *agent) request(ctx context.Context, r page.Request, begin time.Duration, check func(h page.Header, at page.Instant) refused) (request, refused) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page == nil {
		return request{}, refused{fragcalc.ReleaseGone, "the process has ended or closed its page"}
	}
	h, err := a.readHeader()
	if err != nil {
		return request{}, refused{fragcalc.ReleaseFailed, err.Error()}
	}
	at := now()
	if why := check(h, at); why.yes() {
		return request{}, why
	}
	a.renew(at)
	switch {
	case errors.Is(a.cmdErr, fs.ErrPermission):
		return request{}, refused{fragcalc.ReleaseNotPermitted, a.cmdErr.Error()}
	case errors.Is(a.cmdErr, errNoSlot):
		return request{}, refused{fragcalc.ReleaseBusy, "all 16 places for monitors in this process are taken"}
	case a.cmdErr != nil:
		return request{}, refused{fragcalc.ReleaseFailed, a.cmdErr.Error()}
	}
	slot := a.cmd.Slot(a.slot)
	if waiting, pending := slot.Requested(); pending {
		return request{}, refused{fragcalc.ReleaseBusy, "this monitor is already waiting for a " + kindOf(waiting) + " of this process"}
	}
	if end, ok := ctx.Deadline(); ok {
		begin = min(begin, time.Until(end))
	}
	if begin <= 0 || ctx.Err() != nil {
		return request{}, refused{fragcalc.ReleaseExpired, "there was no time left to ask"}
	}
	r.ID, r.Deadline, r.PID, r.UID = randomID(), at.Add(begin), a.monitor.pid, a.monitor.uid
	slot.Request(r)
	a.wake()
	return request{r, a.slot}, refused{}
}

func kindOf(r page.Request) string {
	if r.Record != nil {
		return "recording"
	}
	return "release"
}
