package tui

import (
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// The pages of processes are read one after the other: an event may be seen after
// a younger one of another process.
func TestTheLogTellsAnEventThatIsSeenLate(t *testing.T) {
	var l eventLog
	s := goldenNode()
	young := fragcalc.Event{At: s.At, PID: 48049, Kind: "error", Text: "the young one"}
	old := fragcalc.Event{At: s.At.Add(-50 * time.Millisecond), PID: 48007, Kind: "error", Text: "the old one"}
	s.Events = []fragcalc.Event{young}
	l.push(s, untold)
	for i := range 3 {
		next := *goldenNode()
		next.At, next.Events = s.At.Add(time.Duration(i+1)*time.Second), []fragcalc.Event{old, young}
		l.push(&next, untold)
	}
	if texts := logged(&l); count(texts, "the old one") != 1 || count(texts, "the young one") != 1 {
		t.Errorf("%q", texts)
	}
}

func TestEventsAreToldOnceHoweverMany(t *testing.T) {
	var l eventLog
	s := goldenNode()
	lasting := fragcalc.Event{At: s.At, PID: 48049, Kind: "error", Text: "stays in every sample"}
	for i := range 3 * mostEventKeys {
		next := fragcalc.Snapshot{At: s.At.Add(time.Duration(i) * time.Second)}
		next.Events = []fragcalc.Event{lasting, {At: next.At, PID: 48007, Kind: "error", Text: "another"}}
		l.push(&next, untold)
		if count(logged(&l)[max(0, len(l.entries)-2):], "stays") > 0 && i > 2 {
			t.Fatalf("told again at sample %d", i)
		}
	}
	if len(l.events) > mostEventKeys+2 {
		t.Errorf("%d events are remembered", len(l.events))
	}
}

// A driver that does not answer for a while sends nobody away.
func TestWhoCannotBeSeenHasNotGone(t *testing.T) {
	for _, f := range []fragcalc.Fault{
		{Scope: fragcalc.ScopeNode, Field: "nvml", Reason: "no answer"},
		{Scope: fragcalc.ScopeGPU, GPUUUID: goldenNode().Processes[0].GPUUUID, Field: "processes", Reason: "no answer"},
	} {
		var l eventLog
		s := goldenNode()
		l.push(s, untold)
		blind := *goldenNode()
		blind.At, blind.Processes, blind.Faults = s.At.Add(time.Second), blind.Processes[1:], append(blind.Faults, f)
		l.push(&blind, untold)
		again := *goldenNode()
		again.At = s.At.Add(2 * time.Second)
		l.push(&again, untold)
		if texts := logged(&l); count(texts, "left") != 0 || count(texts, "came") != 0 {
			t.Errorf("%s: %q", f.Scope, texts)
		}
		gone := *goldenNode()
		gone.At, gone.Processes = s.At.Add(3*time.Second), gone.Processes[1:]
		l.push(&gone, untold)
		if texts := logged(&l); count(texts, "left") != 1 {
			t.Errorf("%s: that it has gone is not told: %q", f.Scope, texts)
		}
	}
}

// Another process that has the number now is not the one that the entry is about.
func TestTheLogLeadsToTheProcessItself(t *testing.T) {
	s := goldenNode()
	d := newDriver(t, 120, 40).sample(s)
	next := *goldenNode()
	next.At = s.At.Add(time.Second)
	pid := next.Processes[0].PID
	next.Events = []fragcalc.Event{{At: next.At, PID: pid, Kind: "error", Text: "of the first"}}
	d.sample(&next)
	reused := *goldenNode()
	reused.At = s.At.Add(2 * time.Second)
	for i := range reused.Processes {
		if reused.Processes[i].PID == pid {
			reused.Processes[i].StartTicks += 7
		}
	}
	d.sample(&reused)
	d.keys("l")
	for range d.app.log.entries {
		if e, _ := d.app.dialog.(*logPane).list.Current(); e.text == "of the first" {
			break
		}
		d.keys("k")
	}
	d.keys("enter")
	d.shows("uses no GPU of this node any more")
}
