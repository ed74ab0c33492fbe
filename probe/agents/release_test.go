package agents

import (
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func (c *child) release(w *Watcher, force bool, limit time.Duration) fragcalc.ReleaseOutcome {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return w.Release(ctx, fragcalc.ReleaseRequest{Target: c.id(), Force: force})
}

func expect(t *testing.T, got fragcalc.ReleaseOutcome, want fragcalc.ReleaseStatus, reason string) {
	t.Helper()
	if got.Status != want || !strings.Contains(got.Reason, reason) || (reason == "") != (got.Reason == "") {
		t.Errorf("%s: %q, want %s: %q", got.Status, got.Reason, want, reason)
	}
}

func TestAReleaseReturnsWhatWasEstimated(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	got := c.release(w, false, patient)
	expect(t, got, fragcalc.ReleaseDone, "")
	if len(got.GPUs) != 1 || got.Took != 3*time.Millisecond || got.Hold != time.Millisecond || got.Target != c.id() {
		t.Fatalf("%+v", got)
	}
	gpu := got.GPUs[0]
	known(t, "estimate", gpu.Estimate, cached)
	known(t, "before", gpu.Before, 20*mib+cached)
	known(t, "after", gpu.After, 20*mib)
	if gpu.GPUUUID != "GPU-cafe0102-0304-0506-0708-090a0b0c0d0e" {
		t.Error(gpu.GPUUUID)
	}
	expect(t, c.release(w, false, patient), fragcalc.ReleaseTooSoon, "less than a second ago: wait 3")
	if releases := c.ask("releases"); releases != "1" {
		t.Errorf("%s releases", releases)
	}
	p := c.until(w, "told in the log", func(p *Process) bool { return len(p.Events) > 0 })
	if e := p.Events[0]; e.Kind != "release" || e.Text != "released for pid 1" || e.PID != c.Process.Pid || time.Since(e.At) > patient {
		t.Errorf("%+v", e)
	}
}

// What can be told beforehand of a process, without asking it.
func TestRefusalsAreForetold(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	if foretold, ok := w.WouldRefuse(context.Background(), fragcalc.ReleaseRequest{Target: c.id()}); ok {
		t.Errorf("%+v", foretold)
	}
	if releases := c.ask("releases"); releases != "0" {
		t.Errorf("%s releases", releases)
	}
	c.signal(syscall.SIGSTOP)
	foretold, _ := w.WouldRefuse(context.Background(), fragcalc.ReleaseRequest{Target: c.id(), Force: true})
	expect(t, foretold, fragcalc.ReleaseStopped, "stopped")
	c.signal(syscall.SIGCONT)
}

// The two times add up to the interval, however they fall.
func TestTooSoonAddsUp(t *testing.T) {
	for since, want := range map[time.Duration]string{
		0:                       "less than a second ago: wait 10 s",
		300 * time.Millisecond:  "less than a second ago: wait 10 s",
		1200 * time.Millisecond: "was 1 s ago: wait 9 s",
		9900 * time.Millisecond: "was 9 s ago: wait 1 s",
	} {
		if got := tooSoon(since, 10*time.Second); !strings.HasSuffix(got, want) {
			t.Errorf("%v: %q, want %q", since, got, want)
		}
	}
}

// The agent cannot tell a MemPool that is entered from a capture: both are said.
func TestACaptureOrAMemPool(t *testing.T) {
	status, reason := answerStatus(page.Answer{Status: page.AnswerCapture, Text: captureOrPool})
	if status != fragcalc.ReleaseCapture || !strings.HasPrefix(reason, "a capture or a MemPool is in use") || strings.Contains(reason, "is underway") {
		t.Errorf("%s: %s", status, reason)
	}
	if _, reason := answerStatus(page.Answer{Status: page.AnswerCapture}); !strings.Contains(reason, "capture is underway") {
		t.Error(reason)
	}
	source, err := os.ReadFile("../../cudashim/csrc/release.c") // who says it
	if err != nil || !strings.Contains(string(source), `"`+captureOrPool+`"`) {
		t.Errorf("the agent says something else now: %v", err)
	}
}

func TestAReleaseThatReturnsLessSaysTheLikelyCause(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.do("short")
	expect(t, c.release(w, false, patient), fragcalc.ReleaseDone, "allocated meanwhile")
}

// Where a MemPool context cannot be told beforehand, the outcome says it.
func TestAReleaseThatReturnsNothingBesideAPrivatePool(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.do("private")
	c.do("short")
	expect(t, c.release(w, false, patient), fragcalc.ReleaseDone, "likely a MemPool context is active, during which PyTorch releases nothing")
}

// The program's own function has run, and then the framework refuses: the
// process is not as it was.
func TestARefusalAfterTheOwnFunctionIsAFailure(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.do("own")
	got := c.release(w, false, patient)
	expect(t, got, fragcalc.ReleaseFailed, "(kv cache) has run, but then: a stream capture is underway")
	if got.Own == nil || got.Own.Back != fragcalc.Of[int64](7) {
		t.Errorf("%+v", got.Own)
	}
}

// Without a framework the own function is enough, also where captures cannot be counted.
func TestAProcessWithNothingButItsOwnFunction(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.do("own alone")
	p := c.until(w, "releasable", func(p *Process) bool { return p != nil && p.Hook.Available })
	if p.Hook.Own != "kv cache" {
		t.Errorf("%+v", p.Hook)
	}
	expect(t, c.release(w, false, patient), fragcalc.ReleaseDone, "")
}

func TestRanksOfAPage(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.do("ranks")
	p := c.until(w, "a rank", func(p *Process) bool { return p != nil && p.Hook.Available && p.Ranks.Initialized })
	if want := (fragcalc.Ranks{Initialized: true, NCCL: true, Rank: 1, World: 8}); p.Ranks != want || !p.Ranks.Stalling() {
		t.Errorf("%+v", p.Ranks)
	}
	c.do("old ranks")
	p = c.until(w, "refused", func(p *Process) bool { return !p.Hook.Available })
	if !strings.Contains(p.Hook.Reason, "GIL") {
		t.Errorf("%+v", p.Hook)
	}
	expect(t, c.release(w, true, patient), fragcalc.ReleaseRanks, "wait for each other for ever")
	if releases := c.ask("releases"); releases != "0" {
		t.Errorf("%s releases", releases)
	}
}

// The retries since a release are counted from the counters just after it.
func TestRetriesSinceARelease(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	got := c.release(w, false, patient)
	known(t, "retries so far", got.GPUs[0].Retries, 4)
	known(t, "retries since", got.RetriesSince(w.Retries(context.Background(), got.Target)), 0)
	got.GPUs[0].Retries = fragcalc.Of[int64](1)
	known(t, "retries since", got.RetriesSince(w.Retries(context.Background(), got.Target)), 3)
	c.signal(syscall.SIGSTOP)
	if retries := got.RetriesSince(w.Retries(context.Background(), got.Target)); retries.Known() || !strings.Contains(retries.Reason(), "stopped") {
		t.Errorf("of a stopped process: %+v", retries)
	}
	c.signal(syscall.SIGCONT)
	c.kill()
	if retries := got.RetriesSince(w.Retries(context.Background(), got.Target)); retries.Known() || !strings.Contains(retries.Reason(), "ended") {
		t.Errorf("of a process that has ended: %+v", retries)
	}
}

func TestReleasesThatAreRefused(t *testing.T) {
	for order, want := range map[string]struct {
		status fragcalc.ReleaseStatus
		reason string
		forced fragcalc.ReleaseStatus
	}{
		"capture":      {fragcalc.ReleaseCapture, "capture is underway", fragcalc.ReleaseDone},
		"uncounted":    {fragcalc.ReleaseCapture, "cannot be counted", fragcalc.ReleaseDone},
		"underway":     {fragcalc.ReleaseBusy, "underway", fragcalc.ReleaseBusy},
		"off":          {fragcalc.ReleaseOff, "off", fragcalc.ReleaseOff},
		"no framework": {fragcalc.ReleaseNoHook, "no framework", fragcalc.ReleaseNoHook},
		"crowd":        {fragcalc.ReleaseBusy, "places for monitors", fragcalc.ReleaseBusy},
	} {
		c, w := start(t, "agent"), watcher(t)
		c.do(order)
		if order != "crowd" { // that is found out by asking only
			foretold, ok := w.WouldRefuse(context.Background(), fragcalc.ReleaseRequest{Target: c.id()})
			if expect(t, foretold, want.status, want.reason); !ok || foretold.Target != c.id() {
				t.Errorf("%s is not foretold: %+v", order, foretold)
			}
			if _, ok := w.WouldRefuse(context.Background(), fragcalc.ReleaseRequest{Target: c.id(), Force: true}); ok != (want.forced != fragcalc.ReleaseDone) {
				t.Errorf("%s, forced: foretold %t", order, ok)
			}
		}
		expect(t, c.release(w, false, patient), want.status, want.reason)
		if releases := c.ask("releases"); releases != "0" {
			t.Errorf("%s: %s releases", order, releases)
		}
		if got := c.release(w, true, patient); got.Status != want.forced {
			t.Errorf("%s, forced: %s: %s", order, got.Status, got.Reason)
		}
	}
}

func TestAnUnansweredRequestIsTakenBackAndNeverFires(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.do("deaf")
	expect(t, c.release(w, false, 300*time.Millisecond), fragcalc.ReleaseExpired, "taken back")
	c.do("hear")
	c.look(w, true)
	c.look(w, true)
	if releases := c.ask("releases"); releases != "0" {
		t.Errorf("%s releases", releases)
	}
	expect(t, c.release(w, false, patient), fragcalc.ReleaseDone, "")
}

func TestARequestOfAStoppedProcessDoesNotFireLater(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.walked(w)
	c.do("deaf")
	got := make(chan fragcalc.ReleaseOutcome)
	id := c.id()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		got <- w.Release(ctx, fragcalc.ReleaseRequest{Target: id})
	}()
	a := w.agents[c.Process.Pid]
	for end := time.Now().Add(patient); ; {
		a.mu.Lock()
		_, asked := a.cmd.Slot(a.slot).Requested()
		a.mu.Unlock()
		if asked || time.Now().After(end) {
			break
		}
	}
	expect(t, c.release(w, false, patient), fragcalc.ReleaseBusy, "already waiting")
	expect(t, <-got, fragcalc.ReleaseExpired, "taken back")
	c.signal(syscall.SIGSTOP)
	expect(t, c.release(w, false, patient), fragcalc.ReleaseStopped, "stopped")
	c.signal(syscall.SIGCONT)
	c.do("hear")
	c.look(w, true)
	if releases := c.ask("releases"); releases != "0" {
		t.Errorf("%s releases", releases)
	}
}

// signal sends a signal and, for SIGSTOP, waits until it has worked.
func (c *child) signal(s syscall.Signal) {
	c.t.Helper()
	if err := c.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
	for end := time.Now().Add(patient); s == syscall.SIGSTOP; time.Sleep(time.Millisecond) {
		if _, state, err := (proc{"/proc"}).identify(c.Process.Pid); err != nil || isStopped(state) || time.Now().After(end) {
			return
		}
	}
}

func TestAReleaseThatDoesNotEndIsSaidToHaveBegun(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.do("hang")
	expect(t, c.release(w, false, 500*time.Millisecond), fragcalc.ReleaseUnanswered, "has begun")
}

func TestReleasesOfProcessesThatAreNotThere(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	id := c.id()
	reused := id
	reused.StartTicks++
	expect(t, w.Release(context.Background(), fragcalc.ReleaseRequest{Target: reused}), fragcalc.ReleasePIDReused, "another process")
	self, _, err := proc{"/proc"}.identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, w.Release(context.Background(), fragcalc.ReleaseRequest{Target: self}), fragcalc.ReleaseNotInstrumented, "gpufragtop attach "+strconv.Itoa(self.PID))
	c.kill()
	expect(t, w.Release(context.Background(), fragcalc.ReleaseRequest{Target: id}), fragcalc.ReleaseGone, "ended")
	w.Close()
	expect(t, w.Release(context.Background(), fragcalc.ReleaseRequest{Target: self}), fragcalc.ReleaseFailed, "closing")
}

func TestAProcessThatDiesDuringAReleaseIsNotWaitedFor(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.walked(w)
	c.do("hang")
	time.AfterFunc(200*time.Millisecond, func() { _ = c.Process.Kill() })
	expect(t, c.release(w, false, patient), fragcalc.ReleaseUnanswered, "ended")
}

// TestAProcessThatOnlyRootMayLookInto holds for whoever runs it.
func TestAProcessThatOnlyRootMayLookInto(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.do("undumpable")
	p, outcome := c.look(w, false), c.release(w, false, patient)
	if os.Geteuid() == 0 {
		expect(t, outcome, fragcalc.ReleaseDone, "")
	} else if expect(t, outcome, fragcalc.ReleaseNotPermitted, "needs root"); p != nil {
		t.Errorf("%+v", p)
	}
}
