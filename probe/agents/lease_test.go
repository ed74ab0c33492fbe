package agents

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// untilWatched waits until the monitor with this nonce watches the child, or
// does not any more.
func (c *child) untilWatched(nonce string, want bool) {
	c.t.Helper()
	for end := time.Now().Add(patient); c.ask("watched by "+nonce) != fmt.Sprint(want); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("being watched never became %v", want)
		}
	}
}

func nonce(w *Watcher) string { return fmt.Sprint(w.opener.monitor.nonce) }

func TestTwoWatchersAtOnce(t *testing.T) {
	c := start(t, "agent")
	one, two := watcher(t), watcher(t)
	c.walked(one)
	c.walked(two)
	c.untilWatched(nonce(one), true)
	c.untilWatched(nonce(two), true)
	one.Close()
	c.untilWatched(nonce(one), false)
	c.untilWatched(nonce(two), true)
	c.walked(two)
	two.Close()
	c.untilWatched(nonce(two), false)
}

func TestAClosedWatcherLetsGoOfEverything(t *testing.T) {
	c, w := start(t, "agent"), watcher(t)
	c.walked(w)
	if ours := pagesHeld(t); ours == 0 {
		t.Fatal("no page is held open")
	}
	w.Close()
	if ours := pagesHeld(t); ours != 0 {
		t.Errorf("%d pages are still held open", ours)
	}
}

// pagesHeld counts the pages that this process has open.
func pagesHeld(t *testing.T) int {
	t.Helper()
	found, _, err := proc{"/proc"}.findLinks(os.Getpid(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return len(found.pages) + len(found.cmds)
}

func TestAKilledWatcherStopsWatching(t *testing.T) {
	t.Parallel()
	c := start(t, "agent")
	other := start(t, "watcher")
	its := other.line()
	c.untilWatched(its, true)
	other.kill()
	c.untilWatched(its, false)
}

func TestAWatcherThatDoesNotSampleGoesOnWatching(t *testing.T) {
	t.Parallel()
	c, w := start(t, "agent"), watcher(t)
	c.walked(w)
	lease := func() uint64 {
		a := w.agents[c.Process.Pid]
		return uint64(a.cmd.Slot(a.slot).Lease())
	}
	before := lease()
	for end := time.Now().Add(patient); lease() == before; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the lease was never renewed")
		}
	}
}

func TestAWatcherThatWasLeftAloneStopsWatching(t *testing.T) {
	t.Parallel()
	c, w := start(t, "agent"), watcher(t)
	c.walked(w)
	w.mu.Lock()
	w.lastUse = time.Now().Add(-2 * idleAfter)
	w.mu.Unlock()
	c.untilWatched(nonce(w), false)
	c.walked(w)
	c.untilWatched(nonce(w), true)
}
