package agents

import (
	"context"
	"fmt"
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
	a, why := w.reach(ctx, r.Target, "release")
	if why.yes() {
		return fragcalc.ReleaseOutcome{Target: r.Target, Status: why.status, Reason: why.reason}
	}
	check := func(h page.Header, at page.Instant) refused { return refusal(h, at, r.Force, a.id.PID) }
	asked, why := a.request(ctx, page.Request{Force: r.Force}, releaseWait, check)
	if why.yes() {
		return fragcalc.ReleaseOutcome{Target: r.Target, Status: why.status, Reason: why.reason}
	}
	outcome := a.await(ctx, asked)
	outcome.Target = r.Target
	return outcome
}

// WouldRefuse is what is known of a process that would refuse a release, or
// whose release would do harm: an outcome that says so. Nothing is asked of it.
// ok is false where nothing speaks against a release, as far as can be told.
func (w *Watcher) WouldRefuse(ctx context.Context, r fragcalc.ReleaseRequest) (outcome fragcalc.ReleaseOutcome, ok bool) {
	a, why := w.reach(ctx, r.Target, "release")
	if !why.yes() {
		why = a.wouldRefuse(r.Force)
	}
	return fragcalc.ReleaseOutcome{Target: r.Target, Status: why.status, Reason: why.reason}, why.yes()
}

func (a *agent) wouldRefuse(force bool) refused {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page == nil {
		return refused{fragcalc.ReleaseGone, "the process has ended or closed its page"}
	}
	h, err := a.readHeader()
	if err != nil {
		return refused{fragcalc.ReleaseFailed, err.Error()}
	}
	return refusal(h, now(), force, a.id.PID)
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
func refusal(h page.Header, at page.Instant, force bool, pid int) refused {
	if h.CountersSeq == 0 {
		return refused{}
	}
	if why := hookRefusal(h, force, pid); why.yes() {
		return why
	}
	switch {
	case h.CaptureBegins != h.CaptureEnds && !force:
		return refused{fragcalc.ReleaseCapture, "a stream capture is underway, and a release would break it: try again, or use --force"}
	case h.ReleaseUnderway:
		return refused{fragcalc.ReleaseBusy, "another release is underway in this process"}
	case h.LastRelease != 0 && at.Since(h.LastRelease) < h.ReleaseInterval:
		return refused{fragcalc.ReleaseTooSoon, tooSoon(at.Since(h.LastRelease), h.ReleaseInterval)}
	default:
		return refused{}
	}
}

// tooSoon says when the last release was and how long to wait, in whole seconds
// that add up to the interval: the one is rounded down, the other up.
func tooSoon(since, interval time.Duration) string {
	ago := "less than a second"
	if since >= time.Second {
		ago = fmt.Sprintf("%d s", since/time.Second)
	}
	return "the last release was " + ago + " ago: wait " + seconds(interval-since)
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
		return fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseExpired, Reason: a.whyLate("release") + "; the request was taken back"}
	}
}

// whyLate says why a request, of what, was not begun in time.
func (a *agent) whyLate(what string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.silence(now()) > time.Second*3/2:
		return fmt.Sprintf("the agent in the process has not answered for %s", seconds(a.silence(now())))
	case a.header.WalkStatus == page.WalkGILBusy:
		return "the program did not let go of its Python lock (GIL) in time"
	default:
		return "the process did not begin the " + what + " in time"
	}
}
