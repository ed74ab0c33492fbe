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

// releaseWait is how long a request may wait to be begun, whatever the context
// says; overrun how long a release that has begun is waited for beyond it.
const (
	releaseWait = 10 * time.Second
	overrun     = 20 * time.Second
)

// Release asks a process to release its cache and waits for the outcome, at
// most ten seconds for it to begin and no longer than ctx. A request that is
// not answered by then is taken back and never fires.
func (w *Watcher) Release(ctx context.Context, r fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome {
	refuse := func(status fragcalc.ReleaseStatus, reason string) fragcalc.ReleaseOutcome {
		return fragcalc.ReleaseOutcome{Target: r.Target, Status: status, Reason: reason}
	}
	id, state, err := w.opener.proc.identify(r.Target.PID)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refuse(fragcalc.ReleaseGone, "the process has ended")
	case err != nil:
		return refuse(fragcalc.ReleaseFailed, err.Error())
	case id != r.Target:
		return refuse(fragcalc.ReleasePIDReused, fmt.Sprintf("pid %d belongs to another process now", id.PID))
	}
	var a *agent
	var status fragcalc.ReleaseStatus
	var reason string
	w.settle(ctx, true, func() { a, status, reason = w.target(id) })
	if a == nil {
		return refuse(status, reason)
	}
	if isStopped(state) {
		return refuse(fragcalc.ReleaseStopped, "the process is stopped, by a signal or a debugger: it would release only when it goes on")
	}
	a.introduce(ctx)
	asked, status, reason := a.request(ctx, r.Force)
	if status != "" {
		return refuse(status, reason)
	}
	outcome := a.await(ctx, asked)
	outcome.Target = r.Target
	return outcome
}

// target is the agent of a process, found anew if need be. Where there is none
// the status and reason say why. It is called with w.mu held.
func (w *Watcher) target(id fragcalc.ProcessID) (*agent, fragcalc.ReleaseStatus, string) {
	if w.closed {
		return nil, fragcalc.ReleaseFailed, "this monitor is closing"
	}
	w.use()
	if w.agents[id.PID] != nil {
		w.check(id.PID)
	}
	if w.agents[id.PID] == nil {
		found, _, err := w.opener.proc.findLinks(id.PID, 0)
		if errors.Is(err, fs.ErrPermission) {
			return nil, fragcalc.ReleaseNotPermitted, "only its user and root may look into this process"
		}
		w.open(sighting{id, found})
		w.noteThreads([]int{id.PID})
	}
	if a := w.agents[id.PID]; a != nil {
		return a, "", ""
	}
	if b, ok := w.broken[id.PID]; ok {
		if errors.Is(b.err, errNotPermitted) {
			return nil, fragcalc.ReleaseNotPermitted, b.err.Error()
		}
		return nil, fragcalc.ReleaseFailed, b.err.Error()
	}
	return nil, fragcalc.ReleaseNotInstrumented, "the process is not instrumented: see gpufragtop run"
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

// rouse wakes the agent, whether it is asleep or not.
func (a *agent) rouse() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page == nil {
		return
	}
	if a.renew(now()); a.slot >= 0 {
		a.wake()
	}
}

// hasLooked tells whether the agent has woken since it was asked and has told
// what it can do, or never will.
func (a *agent) hasLooked(asked page.Instant) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page == nil || a.slot < 0 {
		return true
	}
	h, err := a.readHeader()
	return err != nil || h.Heartbeat >= asked && h.CountersSeq != 0 &&
		a.takenAt(page.CountersOffset(h.CountersSeq), page.CountersSlotSize, h.CountersSeq) >= a.since
}

// request is what was asked for, and the command slot it was put into.
type request struct {
	page.Request
	slot int
}

// refusal says why a request would do harm, or would be refused anyway. An
// agent that has told nothing yet is asked: it checks all this itself.
func refusal(h page.Header, at page.Instant, force bool) (fragcalc.ReleaseStatus, string) {
	if h.CountersSeq == 0 {
		return "", ""
	}
	if status, reason := hookRefusal(h, force); status != "" {
		return status, reason
	}
	switch {
	case h.CaptureBegins != h.CaptureEnds && !force:
		return fragcalc.ReleaseCapture, "a stream capture is underway, and a release would break it: try again, or use --force"
	case h.ReleaseUnderway:
		return fragcalc.ReleaseBusy, "another release is underway in this process"
	case h.LastRelease != 0 && at.Since(h.LastRelease) < h.ReleaseInterval:
		return fragcalc.ReleaseTooSoon, fmt.Sprintf("the last release was %s ago: wait %s", seconds(at.Since(h.LastRelease)), seconds(h.ReleaseInterval-at.Since(h.LastRelease)))
	default:
		return "", ""
	}
}

// request puts a request into our command slot, unless it would be refused.
func (a *agent) request(ctx context.Context, force bool) (request, fragcalc.ReleaseStatus, string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page == nil {
		return request{}, fragcalc.ReleaseGone, "the process has ended or closed its page"
	}
	h, err := a.readHeader()
	if err != nil {
		return request{}, fragcalc.ReleaseFailed, err.Error()
	}
	at := now()
	if status, reason := refusal(h, at, force); status != "" {
		return request{}, status, reason
	}
	a.renew(at)
	switch {
	case errors.Is(a.cmdErr, fs.ErrPermission):
		return request{}, fragcalc.ReleaseNotPermitted, a.cmdErr.Error()
	case errors.Is(a.cmdErr, errNoSlot):
		return request{}, fragcalc.ReleaseBusy, "all 16 places for monitors in this process are taken"
	case a.cmdErr != nil:
		return request{}, fragcalc.ReleaseFailed, a.cmdErr.Error()
	}
	slot := a.cmd.Slot(a.slot)
	if _, pending := slot.Requested(); pending {
		return request{}, fragcalc.ReleaseBusy, "this monitor is already waiting for a release of this process"
	}
	wait := releaseWait
	if end, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(end))
	}
	if wait <= 0 || ctx.Err() != nil {
		return request{}, fragcalc.ReleaseExpired, "there was no time left to ask"
	}
	r := page.Request{ID: randomID(), Deadline: at.Add(wait), Force: force, PID: a.monitor.pid, UID: a.monitor.uid}
	slot.Request(r)
	a.wake()
	return request{r, a.slot}, "", ""
}

// await waits for the answer. Whatever it is, and if there is none in time, the
// request is taken back.
func (a *agent) await(ctx context.Context, r request) fragcalc.ReleaseOutcome {
	for {
		outcome, underway, done := a.answer(r)
		if done {
			a.takeBack(r)
			return outcome
		}
		limit := r.Deadline
		if underway {
			limit = limit.Add(overrun)
		}
		if now() > limit || !sleep(ctx, glance) {
			return a.withdraw(r)
		}
	}
}

// takeBack clears the request, unless the slot is another monitor's by now.
func (a *agent) takeBack(r request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page == nil {
		return
	}
	if slot := a.cmd.Slot(r.slot); slot.Owner() == a.monitor.nonce {
		slot.Withdraw()
		a.wake()
	}
}

// withdraw takes an unanswered request back, and says what became of it.
func (a *agent) withdraw(r request) fragcalc.ReleaseOutcome {
	a.takeBack(r)
	// The agent may have begun just before.
	outcome, underway, done := a.answer(r)
	switch {
	case done:
		return outcome
	case underway:
		return fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseUnanswered, Reason: "the release has begun; it did not end in the time this monitor waited"}
	default:
		return fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseExpired, Reason: a.whyLate() + "; the request was taken back"}
	}
}

// whyLate says why a request was not begun in time.
func (a *agent) whyLate() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.silence(now()) > time.Second*3/2:
		return fmt.Sprintf("the agent in the process has not answered for %s", seconds(a.silence(now())))
	case a.header.WalkStatus == page.WalkGILBusy:
		return "the program did not let go of its Python lock (GIL) in time"
	default:
		return "the process did not begin the release in time"
	}
}
