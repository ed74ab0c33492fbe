package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// countedNode is a node some seconds on, on which 48049 has so many retries and
// out-of-memory errors.
func countedNode(second int, retries, ooms int64, events ...fragcalc.Event) *fragcalc.Snapshot {
	s := testNode(1, 2, 9)
	s.At = epoch.Add(time.Duration(second) * time.Second)
	s.Events = events
	for i := range s.Processes {
		if p := &s.Processes[i]; p.PID == 48049 {
			p.AllocRetries, p.OOMs = fragcalc.Of(retries), fragcalc.Of(ooms)
		}
	}
	return s
}

func TestTheLogTellsWhatOnlyCountersTell(t *testing.T) {
	d := newDriver(t, 120, 40)
	event := fragcalc.Event{At: epoch.Add(7 * time.Second), PID: 48049, Kind: "oom", Text: "out of memory: 2.00 GiB asked for", OOM: &fragcalc.OOM{}}
	by := fragcalc.Event{At: epoch.Add(8 * time.Second), PID: 48021, Kind: "release", Text: "released 1.00 GiB, asked by user 1001"}
	d.sample(countedNode(0, 3, 1)) // what was before is not told
	d.sample(countedNode(1, 4, 1))
	d.sample(countedNode(2, 4, 1))
	d.sample(countedNode(3, 6, 2))
	d.sample(countedNode(6, 6, 3))        // its event comes later
	d.sample(countedNode(8, 6, 3, event)) // and is told
	d.sample(countedNode(9, 6, 3, event, by))
	check := func(want map[string]int) {
		t.Helper()
		texts := logged(&d.app.log)
		for part, n := range want {
			if got := count(texts, part); got != n {
				t.Errorf("%q is logged %d times, want %d: %q", part, got, n, texts)
			}
		}
	}
	check(map[string]int{"1 retry on GPU 1": 1, "2 retries on GPU 1": 1, "retr": 2, "OOM on": 0, "2.00 GiB asked for": 1, "asked by user 1001": 1})
	d.sample(countedNode(30, 6, 3, event))
	check(map[string]int{"retr": 2, "1 OOM on GPU 1: an allocation was refused": 1, "2.00 GiB asked for": 1})
	d.sample(countedNode(31, 6, 4, event))
	gone := countedNode(32, 6, 4)
	for i := range gone.Processes {
		if gone.Processes[i].PID == 48049 {
			gone.Processes = append(gone.Processes[:i], gone.Processes[i+1:]...)
			break
		}
	}
	d.sample(gone) // nothing else will tell of its last one
	d.sample(gone)
	check(map[string]int{"1 OOM on GPU 1: an allocation was refused": 2})
	if len(d.app.log.marked) != len(gone.Processes) {
		t.Errorf("%d rows are remembered, there are %d", len(d.app.log.marked), len(gone.Processes))
	}
}

// Enter goes to the moment in the history of the process.
func TestEnterInTheLogGoesToTheMoment(t *testing.T) {
	d := newDriver(t, 120, 40)
	for second := range 10 {
		d.sample(countedNode(second, int64(second/5), 0))
	}
	d.keys("l")
	d.shows("12:04:36", "1 retry on GPU 1")
	d.keys("enter")
	d.shows("› 48049 › history", " 12:04:36 ", "1 retry")
	d.app.world.window = 0
	d.sample(countedNode(200, 1, 0))
	d.keys("esc", "esc", "l", "enter")
	d.shows("› 48049 › history", "last 5 min")
}

// An entry that its line cuts is told whole below the list.
func TestALongEntryIsToldWhole(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("what the allocator said of it, and ", 5)) + " the end."
	for _, size := range [][2]int{{80, 24}, {120, 40}, {60, 16}} {
		d := newDriver(t, size[0], size[1])
		d.sample(countedNode(0, 0, 0))
		d.sample(countedNode(1, 0, 0, fragcalc.Event{At: epoch.Add(time.Second), PID: 48021, Kind: "error", Text: long}))
		d.keys("l")
		d.shows("watching 2 GPUs")
		if pane := strings.Join(d.pane(), " "); !strings.Contains(pane, "─ "+long) {
			t.Errorf("%v: the entry is not told whole: %s", size, pane)
		}
		d.keys("k")
		if pane := strings.Join(d.pane(), " "); strings.Contains(pane, "the end.") {
			t.Errorf("%v: an entry that is not selected is told whole: %s", size, pane)
		}
	}
}
