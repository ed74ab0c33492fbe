//go:build e2e

package e2e

import (
	"math"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/shimtest"
)

// watchAlone watches a program, as monitors' screens do, until the test ends. It
// takes every place that there is for a monitor, so that no other can ask.
func watchAlone(t *testing.T, p *program) *shimtest.Monitor {
	t.Helper()
	const places = 16
	m := shimtest.Open(t, p.pid())
	renew := func() (ours int) {
		for i := range places {
			slot := m.Cmd.Slot(i)
			if slot.Claim(shimtest.Owner, shimtest.Now(t)) || slot.Owner() == shimtest.Owner {
				slot.Watch(shimtest.Now(t).Add(4 * time.Second))
				ours++
			}
		}
		return ours
	}
	shimtest.Eventually(t, "all places", func() bool { return renew() == places })
	m.Wake(t)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(500 * time.Millisecond):
				renew()
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-done })
	return m
}

// fakeCalls is what the torch of pure Python says of the calls to it.
type fakeCalls struct{ snapshots, ms, worst float64 }

func (p *program) fakeCalls() fakeCalls {
	p.t.Helper()
	calls := p.tell("import")["calls"].(map[string]any)
	return fakeCalls{calls["snapshot"].(float64), calls["ms"].(float64), calls["worst_ms"].(float64)}
}

// Case 17: each snapshot holds the interpreter's lock for 20 ms, and yet the
// agent holds it for less than a hundredth of the time. That it says so is
// true: the torch's own clock tells the same.
func TestHoldsAreRareAndTold(t *testing.T) {
	b, p := startFakeTorch(t, "holds", "GPUFRAGTOP_TICK_MS=200", "GPUFRAGTOP_MAX_HOLD_MS=1000")
	p.tell("import")
	m := watchAlone(t, p)
	before, first := p.fakeCalls(), m.Header(t)
	time.Sleep(12 * time.Second)
	calls, h := p.fakeCalls(), m.Header(t)
	if snapshots := calls.snapshots - before.snapshots; snapshots < 1 || snapshots > 2 || h.Walks == 0 {
		t.Fatalf("%v snapshots", snapshots)
	}
	watched := h.Watched - first.Watched
	total, worst, seen := milliseconds(h.HoldTotal-first.HoldTotal), milliseconds(h.HoldWorst), calls.ms-before.ms
	t.Logf("held %.1f ms of %v, worst %.1f ms; by the other clock %.1f, worst %.1f", total, watched, worst, seen, calls.worst)
	if share := total / milliseconds(watched); share > 0.01 {
		t.Errorf("the lock was held for %.2f %% of the time", 100*share)
	}
	if watched < 10*time.Second || watched > 20*time.Second {
		t.Errorf("watched for %v", watched)
	}
	const agentsOwn = 10.0 // ms, at most, of the agent's part of a walk
	if total < seen-agentsOwn || total > 2*seen+agentsOwn || worst < calls.worst || worst > calls.worst+agentsOwn {
		t.Errorf("it says %.1f ms, worst %.1f; the torch saw %.1f, worst %.1f", total, worst, seen, calls.worst)
	}
	watching := b.rows(p)[0]["watching"].(map[string]any)
	share, worstTold := watching["share_ratio"].(float64), watching["worst_hold_ms"].(float64)
	last := m.Header(t)
	if math.Abs(worstTold-milliseconds(last.HoldWorst)) > 1 || math.Abs(share-last.HoldTotal.Seconds()/last.Watched.Seconds()) > 0.001 {
		t.Errorf("--json says %v, worst %v ms; the page %+v", share, worstTold, last)
	}
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// A walk that would hold longer than it may is not taken; one that did in spite
// of what was expected is the last of its kind.
// Case 17.
func TestMaxHold(t *testing.T) {
	for _, c := range []struct {
		name, mode, most string
		snapshots        float64
		after            time.Duration
	}{
		{"more blocks than the time is for", "ok", "1", 0, 4 * time.Second},
		{"longer than expected", "holds", "10", 1, 4 * time.Second},
		{"enough", "ok", "1000", 2, 8 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, p := startFakeTorch(t, c.mode, "GPUFRAGTOP_MAX_HOLD_MS="+c.most)
			p.tell("import")
			m := watchAlone(t, p)
			time.Sleep(c.after)
			if c.snapshots < 2 { // somebody asks for a fresh one, and is refused it
				m.Cmd.Slot(0).WantWalk(shimtest.Now(t))
				m.Wake(t)
				shimtest.Eventually(t, "a refusal", func() bool { return m.Header(t).WalkStatus == page.WalkOverBudget })
			}
			calls, h := p.fakeCalls(), m.Header(t)
			if c.snapshots < 2 && calls.snapshots != c.snapshots || c.snapshots == 2 && calls.snapshots < 2 {
				t.Errorf("%v snapshots, status %d, worst hold %v", calls.snapshots, h.WalkStatus, h.HoldWorst)
			}
			if c.snapshots == 0 && h.HoldWorst > 10*time.Millisecond {
				t.Errorf("without any walk a hold of %v", h.HoldWorst)
			}
		})
	}
}
