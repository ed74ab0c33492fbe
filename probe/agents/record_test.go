package agents

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func (c *child) record(w *Watcher, limit time.Duration) RecordOutcome {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return w.Record(ctx, fragcalc.RecordRequest{Target: c.id(), For: time.Hour, MaxEvents: 1000})
}

func expectNoTrace(t *testing.T, name string, got RecordOutcome, status, reason string) {
	t.Helper()
	if string(got.Status) != status || !strings.Contains(got.Reason, reason) || got.Devices != nil || strings.ContainsRune(got.Reason, '\x1b') {
		t.Errorf("%s: %s: %q, want %s: %q", name, got.Status, got.Reason, status, reason)
	}
}

// gone waits until the child has given up whatever it delivered or recorded.
func (c *child) gone() {
	c.t.Helper()
	for end := time.Now().Add(patient); c.ask("traces") != "0 false"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatal("the child still keeps its trace: ", c.ask("traces"))
		}
	}
}

func TestATraceIsFetchedAndGivenUp(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	got := c.record(w, patient)
	if got.Status != fragcalc.RecordDone || got.Reason != "" || got.Target != c.id() || got.OwnRing || got.Took != 7*time.Second || got.Hold != 5*time.Millisecond || len(got.Devices) != 1 {
		t.Fatalf("%+v", got)
	}
	d := got.Devices[0]
	known(t, "reserved", d.Figures.Reserved, 20*mib+cached)
	known(t, "used", d.Figures.Used, 12*mib)
	if d.UUID != uuid || len(d.Trace.Events) != 4 || d.Trace.Events[1].Kind != fragcalc.TraceAlloc || d.Trace.Cut || len(d.Pools) == 0 || time.Since(d.TakenAt) > patient {
		t.Errorf("%+v", d)
	}
	if got.Settings.Text != "expandable_segments:False" || got.Framework.Name != "py[31mtorch" {
		t.Errorf("settings %+v, framework %+v", got.Settings, got.Framework)
	}
	c.gone()
	c.do("trace own ring")
	if got := c.record(w, patient); !got.OwnRing || got.Took != 0 {
		t.Errorf("own ring %v, took %s", got.OwnRing, got.Took)
	}
	c.gone()
	c.do("trace cut")
	if got := c.record(w, patient); got.Status != fragcalc.RecordDone || !got.Devices[0].Trace.Cut {
		t.Errorf("a trace without its beginning: %+v", got)
	}
}

func TestTracesThatAreNone(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	for mode, reason := range map[string]string{
		"foreign": "not to be found", "of the parent": "not to be found", "missing": "not to be found",
		"unsealed": "no sealed memfd", "contradiction": "unknown kind", "of no device": "walk over 1", "torn": "torn",
		"giant": "at most", "short": "says it has", "not written": "still being prepared", "tiny": "cut off",
		"unknown answer": "unknown answer (99)", "error": "failed in the process: says [31mthe agent",
	} {
		c.do("trace " + mode)
		expectNoTrace(t, mode, c.record(w, patient), "failed", reason)
		c.gone()
	}
}

func TestRecordingsThatAreRefused(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	for mode, status := range map[string]string{
		"busy": "busy", "expired": "expired", "off": "off", "no framework": "no_hook", "no context": "no_hook",
		"unsupported": "unsupported", "lost": "lost",
	} {
		c.do("trace " + mode)
		expectNoTrace(t, mode, c.record(w, patient), status, "says [31mthe agent")
	}
	for order, want := range map[string][2]string{
		"no framework": {"no_hook", "no framework"}, "off": {"off", "watch-only"}, "no record": {"unsupported", "older"},
		"recording": {"busy", "another 90 s"}, "crowd": {"busy", "places for monitors"},
	} {
		c, w := start(t, "agent"), watcher(t)
		c.do(order)
		expectNoTrace(t, order, c.record(w, patient), want[0], want[1])
	}
}

func TestARecordingIsGivenUpWithItsContext(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.do("trace endless")
	expectNoTrace(t, "given up", c.record(w, 500*time.Millisecond), "unanswered", "ended before its time")
	c.gone()
	c.do("deaf")
	expectNoTrace(t, "deaf", c.record(w, 300*time.Millisecond), "expired", "taken back")
	c.do("hear")
	c.look(w, true)
	c.gone()
}

func TestOneRequestAtATime(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.walked(w)
	c.do("deaf")
	got := make(chan RecordOutcome)
	id := c.id()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		got <- w.Record(ctx, fragcalc.RecordRequest{Target: id, For: time.Hour, MaxEvents: 5})
	}()
	a := w.agents[c.Process.Pid]
	for end := time.Now().Add(patient); ; {
		a.mu.Lock()
		r, asked := a.cmd.Slot(a.slot).Requested()
		a.mu.Unlock()
		if asked {
			if r.Record == nil || r.Record.For != fragcalc.LongestRecording || r.Record.Events != 5 {
				t.Errorf("asked for %+v", r.Record)
			}
			break
		}
		if time.Now().After(end) {
			t.Fatal("nothing was asked for")
		}
	}
	expect(t, c.release(w, false, patient), fragcalc.ReleaseBusy, "already waiting for a recording")
	expectNoTrace(t, "deaf", <-got, "expired", "taken back")
}

func TestRecordingsOfProcessesThatAreNotThere(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.walked(w)
	c.signal(syscall.SIGSTOP)
	expectNoTrace(t, "stopped", c.record(w, patient), "stopped", "would record only when it goes on")
	c.signal(syscall.SIGCONT)
	self, _, err := proc{"/proc"}.identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	expectNoTrace(t, "bare", w.Record(t.Context(), fragcalc.RecordRequest{Target: self}), "not_instrumented", "gpufragtop run")
	id := c.id()
	c.do("trace endless")
	time.AfterFunc(200*time.Millisecond, func() { _ = c.Process.Kill() })
	expectNoTrace(t, "dies", w.Record(t.Context(), fragcalc.RecordRequest{Target: id, For: time.Hour}), "unanswered", "ended or closed")
	c.kill()
	expectNoTrace(t, "gone", w.Record(t.Context(), fragcalc.RecordRequest{Target: id}), "gone", "ended")
}
