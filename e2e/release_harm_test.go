//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/shimtest"
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/agents"
)

func releaseBy(t *testing.T, w *agents.Watcher, p *program) fragcalc.ReleaseOutcome {
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	return w.Release(ctx, fragcalc.ReleaseRequest{Target: p.id(w)})
}

// empties is how often the cache of the fake torch was emptied.
func (p *program) empties() int {
	p.t.Helper()
	return int(p.tell("import")["empties"].(float64))
}

// Two monitors that ask as often as they can: one release in an interval.
func TestTwoMonitorsThatNeverStopAsking(t *testing.T) {
	_, p := startFakeTorch(t, "ok")
	p.tell("import")
	var mu sync.Mutex
	statuses := map[fragcalc.ReleaseStatus]int{}
	var monitors sync.WaitGroup
	for range 2 {
		w := watcher(t)
		monitors.Go(func() {
			for range 500 {
				outcome := releaseBy(t, w, p)
				mu.Lock()
				statuses[outcome.Status]++
				mu.Unlock()
			}
		})
	}
	begun := time.Now()
	monitors.Wait()
	most := int(time.Since(begun)/(10*time.Second)) + 1
	if n := p.empties(); n < 1 || n > most || n != statuses[fragcalc.ReleaseDone] {
		t.Errorf("emptied %d times in %v, want at most %d; the monitors were told %v", n, time.Since(begun), most, statuses)
	}
	if other := 1000 - statuses[fragcalc.ReleaseDone] - statuses[fragcalc.ReleaseTooSoon] - statuses[fragcalc.ReleaseBusy]; other != 0 {
		t.Errorf("%v", statuses)
	}
}

// 1,000 requests a second, written past any monitor: one release, and the GIL
// is not taken for those that are refused.
func TestFloodOfRequestsHoldsNoGIL(t *testing.T) {
	_, p := startFakeTorch(t, "ok")
	p.tell("import")
	m := shimtest.Open(t, p.pid())
	m.Watch(t)
	m.Counters(t)
	before := m.Header(t)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	const requests = 3000
	for i := range requests {
		if i%1000 == 0 {
			m.Watch(t)
		}
		m.Cmd.Slot(0).Request(page.Request{ID: uint64(1 + i), Deadline: shimtest.Now(t).Add(10 * time.Second)})
		m.Wake(t)
		<-tick.C
	}
	m.Answer(t, 0, requests)
	if n := p.empties(); n != 1 {
		t.Errorf("%d requests emptied the cache %d times", requests, n)
	}
	after := m.Header(t)
	rounds := after.CountersSeq - before.CountersSeq // each a stay in Python
	if rounds > requests/20 {                        // counters and walks go on by their own pace
		t.Errorf("%d stays in Python for %d requests", rounds, requests)
	}
}

// A monitor that is killed during a release leaves nothing behind: the release
// ends, and none follows.
func TestMonitorKilledDuringARelease(t *testing.T) {
	b, p := startFakeTorch(t, "empties slowly")
	p.tell("import")
	killed := exec.Command(binary, "release", fmt.Sprint(p.pid()), "--yes")
	killed.Env = b.env
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	m := shimtest.Open(t, p.pid())
	shimtest.Eventually(t, "the release", func() bool { return m.Header(t).ReleaseUnderway })
	if err := killed.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()
	shimtest.Eventually(t, "its end", func() bool { return !m.Header(t).ReleaseUnderway })
	if outcome, _ := b.release(p); outcome.Status != "too_soon" {
		t.Errorf("the next monitor was told %+v", outcome)
	}
	time.Sleep(time.Duration(page.LeaseTime) + 500*time.Millisecond) // the lease of the killed one
	if n := p.empties(); n != 1 {
		t.Errorf("emptied %d times", n)
	}
	if code, words := p.quit(0); code != 0 || strings.TrimSpace(words) != "" {
		t.Errorf("exit code %d, standard error %q", code, words)
	}
}

// What torch.distributed says is on the page; a PyTorch that would hold the GIL
// through the synchronisation is not released among several ranks.
func TestRanksOfAFakeTorch(t *testing.T) {
	for _, c := range []struct {
		mode   string
		want   fragcalc.Ranks
		status fragcalc.ReleaseStatus
		says   string
	}{
		{"ranks", fragcalc.Ranks{Initialized: true, NCCL: true, Rank: 3, World: 8}, fragcalc.ReleaseDone, ""},
		{"old ranks", fragcalc.Ranks{Initialized: true, NCCL: true, HoldsGIL: true, Rank: 3, World: 8}, fragcalc.ReleaseRanks, "GIL"},
		{"wild ranks", fragcalc.Ranks{}, fragcalc.ReleaseDone, ""},
		{"ok", fragcalc.Ranks{}, fragcalc.ReleaseDone, ""},
	} {
		t.Run(c.mode, func(t *testing.T) {
			_, p := startFakeTorch(t, c.mode)
			p.tell("import")
			w := watcher(t)
			p.id(w)
			if got := sampleOf(t, w, p).Ranks; got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			got := releaseBy(t, w, p)
			if got.Status != c.status || !strings.Contains(got.Reason, c.says) {
				t.Errorf("%s: %s", got.Status, got.Reason)
			}
			if n := p.empties(); (n == 1) != (c.status == fragcalc.ReleaseDone) {
				t.Errorf("emptied %d times", n)
			}
		})
	}
}

// sampleOf samples until the process tells of its framework.
func sampleOf(t *testing.T, w *agents.Watcher, p *program) agents.Process {
	t.Helper()
	var found agents.Process
	shimtest.Eventually(t, "the process and its framework", func() bool {
		for _, s := range w.Sample(t.Context(), []int{p.pid()}, true) {
			if s.ID.PID == p.pid() && s.Framework.Name != "" {
				found = s
				return true
			}
		}
		return false
	})
	return found
}

// Real ranks of torch.distributed, of the backend for CPUs: nobody is stalled.
func TestRanksOfPyTorch(t *testing.T) {
	b := newBench(t)
	meet := t.TempDir() + "/meet"
	var ranks [2]*program
	for i := range ranks {
		ranks[i] = b.start(1 + i)
		ranks[i].tell("step 20")
		ranks[i].send(fmt.Sprintf("distributed %d 2 %s", i, meet))
	}
	for i := range ranks {
		if answer := ranks[i].answer(); answer["error"] != nil {
			t.Fatal(answer)
		}
	}
	w := watcher(t)
	for i, p := range ranks {
		p.id(w)
		want := fragcalc.Ranks{Initialized: true, Rank: i, World: 2}
		if got := sampleOf(t, w, p).Ranks; got != want || got.Stalling() {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}
