package tui

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestPauseFreezesTheScreen(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("p")
	d.shows("PAUSED · 12:04:31")
	later := testNode(2, 2, 4)
	later.At = epoch.Add(time.Minute)
	before := d.screen()
	d.sample(later)
	if got := d.screen(); strings.Join(got, "\n") != strings.Join(before, "\n") {
		t.Error("a sample changed a paused screen")
	}
	d.keys("p")
	d.shows("live 1.0s · 12:05")
	if title := d.screen()[0]; strings.Contains(title, "12:05:31") { // advice may tell of that moment
		t.Errorf("the title of a live screen has seconds: %q", title)
	}
	d.hides("48049")
}

// On a node on which nothing changes the screen does not either, until the
// minute does.
func TestAQuietNodeLeavesTheScreenAlone(t *testing.T) {
	node := testNode(1, 2, 9)
	d := newDriver(t, 120, 40).sample(node)
	before := strings.Join(d.screen(), "\n")
	for _, after := range []time.Duration{time.Second, 28 * time.Second} {
		later := *node
		later.At = node.At.Add(after)
		if d.sample(&later); strings.Join(d.screen(), "\n") != before {
			t.Errorf("after %v:\n%s\nis not\n%s", after, strings.Join(d.screen(), "\n"), before)
		}
	}
	later := *node
	later.At = node.At.Add(time.Minute)
	d.sample(&later).shows("12:05")
}

func TestQuitKeys(t *testing.T) {
	for _, key := range []string{"q", "f10", "ctrl+c"} {
		for _, s := range []*fragcalc.Snapshot{nil, testNode(1, 2, 9)} {
			d := newDriver(t, 80, 24) // a sample is under way, and may never end
			if s != nil {
				d.sample(s)
			}
			command := d.keys(key)
			if command == nil {
				t.Fatalf("%s does not quit", key)
			}
			if _, ok := command().(tea.QuitMsg); !ok {
				t.Errorf("%s does not quit", key)
			}
		}
	}
	d := newDriver(t, 80, 24).sample(testNode(1, 2, 9))
	d.keys("/", "q")
	if d.keys("ctrl+c") == nil {
		t.Error("Ctrl-C does not quit while a filter is written")
	}
}

func TestOnePollAtATime(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.shows("looking …")
	first := d.app.polling.poll
	d.send(pollDueMsg{first})
	d.send(tea.ResumeMsg{})
	if d.polls != 0 {
		t.Fatal("a second sample while one is under way")
	}
	d.send(snapshotMsg{poll: first, snapshot: testNode(1, 2, 9)})
	if d.polls != 1 {
		t.Errorf("the sample that was asked for meanwhile is not taken: %d", d.polls)
	}
	d.send(snapshotMsg{poll: first, snapshot: testNode(2, 1, 1)}) // late
	d.shows("48049")
	d.send(waitingMsg{poll: d.app.polling.poll, time: 12 * time.Second})
	d.shows("no answer for 12 s")
	d.sample(testNode(1, 2, 9))
	d.shows("live 1.0s")
	d.send(waitingMsg{poll: d.app.polling.poll, time: 12 * time.Second}) // of a poll that is done
	d.hides("no answer")
}

func TestTheNextSampleIsDueAnIntervalAfterTheLastBegan(t *testing.T) {
	d := newDriver(t, 80, 24, func(o *Options) { o.Interval = time.Hour })
	command := d.send(snapshotMsg{poll: d.app.polling.poll, snapshot: testNode(1, 2, 9), took: 2 * time.Hour})
	if due, ok := command().(pollDueMsg); !ok || due.poll != d.app.polling.poll {
		t.Errorf("a sample that took longer than the interval is not followed at once: %v", due)
	}
}

func TestNewEventsAreShownOnce(t *testing.T) {
	d := newDriver(t, 120, 40)
	s := testNode(1, 2, 9)
	s.Events = []fragcalc.Event{{At: epoch, Scope: fragcalc.ScopeProcess, PID: 48049, Kind: "oom", Text: "out of memory: 2 GiB"}}
	d.sample(s)
	d.shows("12:04:31 48049: out of memory: 2 GiB")
	d.releaser.answer = fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseBusy, Reason: "busy"}
	d.release(d.keys("r", "y"))
	d.sample(s)
	d.shows("not released: busy")
}

func TestTheSameSampleDrawsTheSameScreen(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	before := d.app.View()
	d.sample(testNode(1, 2, 9))
	if d.app.View() != before {
		t.Error("nothing changed, but the screen did")
	}
}
