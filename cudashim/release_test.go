package cudashim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/shimtest"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// ask writes a request into slot 0, as any monitor may, and wakes the agent.
func ask(t *testing.T, m *shimtest.Monitor, r page.Request) {
	t.Helper()
	m.Watch(t)
	if r.Deadline == 0 {
		r.Deadline = shimtest.Now(t).Add(10 * time.Second)
	}
	m.Cmd.Slot(0).Request(r)
	m.Wake(t)
}

// ownCalls is how often the program's own release function was called.
func (p *target) ownCalls(t *testing.T, want string) {
	t.Helper()
	if _, err := fmt.Fprintln(p.in, "own calls"); err != nil {
		t.Fatal(err)
	}
	p.expect(t, "calls "+want)
	p.expect(t, "done")
}

func lastEvent(t *testing.T, m *shimtest.Monitor) string {
	t.Helper()
	b := make([]byte, page.EventsSize)
	if _, err := m.Page.ReadAt(b, page.EventsOffset); err != nil {
		t.Fatal(err)
	}
	events := page.DecodeEvents(b)
	if len(events) == 0 {
		return ""
	}
	return events[len(events)-1].Text
}

// A program without a framework releases by its own function alone; its name
// and bytes are in the answer and in the audit line, with who asked.
func TestOwnReleaseFunction(t *testing.T) {
	b := newBench(t)
	p := b.start(t, "GPUFRAGTOP_RELEASE_INTERVAL_MS=0")
	m := shimtest.Open(t, p.cmd.Process.Pid)
	p.say(t, "own on")
	m.Watch(t)
	shimtest.Eventually(t, "the right to be asked", func() bool {
		h := m.Header(t)
		return h.Capabilities.Has(page.CapRelease) && !h.Capabilities.Has(page.CapFramework) && h.OwnRelease == "kv  [31mcache"
	})
	ask(t, m, page.Request{ID: 5, PID: 123, UID: 456})
	got := m.Answer(t, 0, 5)
	if got.Status != page.AnswerDone || got.Own == nil || got.Own.Name != "kv  [31mcache" || got.Own.Back != fragcalc.Of[int64](4096) || got.Own.Took <= 0 || got.Took != got.Own.Took {
		t.Errorf("answered %+v, its own: %+v", got, got.Own)
	}
	p.ownCalls(t, "1")
	if line := lastEvent(t, m); !strings.Contains(line, "pid 123 of uid 456: released") || !strings.Contains(line, "kv  [31mcache says 4096 bytes") {
		t.Errorf("audit line %q", line)
	}
	p.say(t, "own silent")
	ask(t, m, page.Request{ID: 6})
	if got := m.Answer(t, 0, 6); got.Own == nil || got.Own.Back.Known() {
		t.Errorf("it does not say, and yet %+v", got.Own)
	}
	p.say(t, "own nested") // it would wait for itself
	ask(t, m, page.Request{ID: 7})
	if got := m.Answer(t, 0, 7); got.Own == nil || got.Own.Back != fragcalc.Of[int64](35) { // EDEADLK
		t.Errorf("taken back from within: %+v", got.Own)
	}
	fmt.Fprintln(p.in, "own nameless")
	p.expect(t, "22 22") // EINVAL
	p.expect(t, "done")
	fmt.Fprintln(p.in, "own off")
	p.expect(t, "inside 0")
	p.expect(t, "done")
	ask(t, m, page.Request{ID: 8})
	if got := m.Answer(t, 0, 8); got.Status != page.AnswerNoFramework || got.Own != nil {
		t.Errorf("taken back, and yet %+v", got)
	}
	p.ownCalls(t, "3")
	shimtest.Eventually(t, "the end of the right", func() bool {
		m.Watch(t)
		h := m.Header(t)
		return !h.Capabilities.Has(page.CapRelease) && h.OwnRelease == ""
	})
}

// Taking the function back waits for a call that runs, but not in a fork child,
// where nobody runs it.
func TestOwnReleaseFunctionIsWaitedFor(t *testing.T) {
	b := newBench(t)
	p := b.start(t)
	m := shimtest.Open(t, p.cmd.Process.Pid)
	p.say(t, "own slow")
	ask(t, m, page.Request{ID: 5})
	shimtest.Eventually(t, "its begin", func() bool { return m.Header(t).ReleaseUnderway })
	fmt.Fprintln(p.in, "own forked")
	p.expect(t, "exit 5")
	p.expect(t, "done")
	fmt.Fprintln(p.in, "own off")
	p.expect(t, "inside 0")
	p.expect(t, "done")
	if got := m.Answer(t, 0, 5); got.Status != page.AnswerDone || got.Own == nil || got.Own.Took < 300*time.Millisecond {
		t.Errorf("answered %+v", got)
	}
}

// What refuses the framework's release refuses the program's own.
func TestOwnReleaseFunctionIsNotCalled(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		name, env, say string
		request        page.Request
		want           page.AnswerStatus
		calls          string
	}{
		{"switched off", "GPUFRAGTOP_ALLOW_RELEASE=0", "", page.Request{}, page.AnswerOff, "0"},
		{"a capture", "A=b", "begin", page.Request{}, page.AnswerCapture, "0"},
		{"a capture, forced", "A=b", "begin", page.Request{Force: true}, page.AnswerDone, "1"},
		{"expired", "A=b", "", page.Request{Deadline: 1}, page.AnswerExpired, "0"},
		{"a deadline that nobody believes", "A=b", "", page.Request{Deadline: 1 << 62}, page.AnswerExpired, "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := b.start(t, c.env)
			m := shimtest.Open(t, p.cmd.Process.Pid)
			p.say(t, "own on")
			if c.say != "" {
				p.say(t, c.say)
			}
			c.request.ID = 9
			ask(t, m, c.request)
			if got := m.Answer(t, 0, 9); got.Status != c.want {
				t.Errorf("answered %+v, want %d", got, c.want)
			}
			p.ownCalls(t, c.calls)
		})
	}
}

// A request is carried out once, in whichever slot it is written again, also
// when no interval would forbid it.
func TestReplayedRequests(t *testing.T) {
	b := newBench(t)
	p := b.start(t, "GPUFRAGTOP_RELEASE_INTERVAL_MS=0")
	m := shimtest.Open(t, p.cmd.Process.Pid)
	p.say(t, "own on")
	first := page.Request{ID: 77, Deadline: shimtest.Now(t).Add(10 * time.Second)}
	ask(t, m, first)
	m.Answer(t, 0, 77)
	ask(t, m, page.Request{ID: 78})
	m.Answer(t, 0, 78)
	for _, slot := range []int{0, 3} { // the same slot after another request, and another slot
		other := m.Cmd.Slot(slot)
		other.Claim(shimtest.Owner, shimtest.Now(t))
		other.Watch(shimtest.Now(t).Add(4 * time.Second))
		other.Request(first)
		m.Wake(t)
		if got := m.Answer(t, slot, 77); slot == 3 && (got.Status != page.AnswerExpired || !strings.Contains(got.Text, "answered before")) {
			t.Errorf("slot %d answered %+v", slot, got)
		}
	}
	p.ownCalls(t, "2")
}

// A request without a lease, or with one that reaches too far, is none.
func TestForgedLeases(t *testing.T) {
	b := newBench(t)
	p := b.start(t, "GPUFRAGTOP_RELEASE_INTERVAL_MS=0")
	m := shimtest.Open(t, p.cmd.Process.Pid)
	p.say(t, "own on")
	ask(t, m, page.Request{ID: 1})
	m.Answer(t, 0, 1)
	forged := m.Cmd.Slot(2)
	for _, lease := range []time.Duration{-time.Second, time.Hour} {
		forged.Claim(99, shimtest.Now(t))
		forged.Watch(shimtest.Now(t).Add(lease))
		forged.Request(page.Request{ID: 2, Deadline: shimtest.Now(t).Add(10 * time.Second)})
		ask(t, m, page.Request{ID: uint64(100 + lease)})
		m.Answer(t, 0, uint64(100+lease)) // slot 2 was looked at on the way, or is in the next round
		ask(t, m, page.Request{ID: uint64(200 + lease)})
		m.Answer(t, 0, uint64(200+lease))
	}
	p.ownCalls(t, "5") // those of slot 0
}

// 1,000 requests a second for two seconds are one release, and neither the
// audit line of that nor those of the refusals are washed out.
func TestFloodOfRequests(t *testing.T) {
	b := newBench(t)
	p := b.start(t)
	m := shimtest.Open(t, p.cmd.Process.Pid)
	p.say(t, "own on")
	const requests = 2000
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for i := range requests {
		if i%500 == 0 {
			m.Watch(t)
		}
		m.Cmd.Slot(0).Request(page.Request{ID: uint64(1000 + i), Deadline: shimtest.Now(t).Add(10 * time.Second), PID: uint32(i)})
		m.Wake(t)
		<-tick.C
	}
	m.Answer(t, 0, 1000+requests-1)
	p.ownCalls(t, "1")
	h := m.Header(t)
	if h.EventNext < 5 || h.EventNext > 40 {
		t.Errorf("%d audit lines for %d requests", h.EventNext, requests)
	}
	bytes := make([]byte, page.EventsSize)
	if _, err := m.Page.ReadAt(bytes, page.EventsOffset); err != nil {
		t.Fatal(err)
	}
	if events := page.DecodeEvents(bytes); !strings.Contains(events[0].Text, "released") || !strings.Contains(events[1].Text, "too soon") {
		t.Errorf("the first lines: %+v", events[:2])
	}
}
