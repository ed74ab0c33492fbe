package tui

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

func untold(*fragcalc.Event) bool { return false }

// logged are the texts of a log.
func logged(l *eventLog) []string {
	var texts []string
	for _, e := range l.entries {
		texts = append(texts, e.text)
	}
	return texts
}

func count(texts []string, part string) int {
	n := 0
	for _, text := range texts {
		if strings.Contains(text, part) {
			n++
		}
	}
	return n
}

func TestTheLogTellsEachThingOnce(t *testing.T) {
	var l eventLog
	s := goldenNode()
	s.Events = []fragcalc.Event{{At: s.At.Add(-time.Second), PID: 48049, Kind: "release", Text: "released 1.00 GiB"}}
	at := s.At
	for i := range 5 { // the same, five times over
		again := *s
		again.At = at.Add(time.Duration(i) * time.Second)
		l.push(&again, untold)
	}
	texts := logged(&l)
	for part, want := range map[string]int{
		"watching 2 GPUs, 9 rows": 1, "released 1.00 GiB": 1, "power: not supported": 1, "process is gone": 1, "came to": 0, "left": 0,
	} {
		if got := count(texts, part); got != want {
			t.Errorf("%q stands there %d times, want %d: %q", part, got, want, texts)
		}
	}
	later := *goldenNode()
	later.At = at.Add(10 * time.Second)
	gone := later.Processes[0]
	later.Processes = append([]fragcalc.Process{}, later.Processes[1:]...)
	later.Processes[0].PID, later.Processes[0].StartTicks = 777, 9
	later.Faults = nil
	later.Events = append(s.Events, fragcalc.Event{At: later.At, PID: 48007, Kind: "oom", Text: "out of memory", OOM: &fragcalc.OOM{Report: "r.oom"}})
	l.push(&later, untold)
	texts = logged(&l)
	for part, want := range map[string]int{
		"came to GPU": 1, "left GPU 0, where it held " + (&draw.Look{}).Prose(gone.GPUMemory.Or(0)): 1,
		"no longer: GPU 1 power: not supported": 1, "out of memory": 1, "released 1.00 GiB": 1,
	} {
		if got := count(texts, part); got != want {
			t.Errorf("%q stands there %d times, want %d: %q", part, got, want, texts)
		}
	}
	if last := l.entries[len(l.entries)-1]; last.number != l.number {
		t.Errorf("the last entry has the number %d of %d", last.number, l.number)
	}
	// A replay goes back, and over the same again.
	n := len(l.entries)
	back := *s
	back.At = at.Add(2 * time.Second)
	l.push(&back, untold)
	if got := count(logged(&l), "came to"); got != 0 {
		t.Errorf("what was later is still there: %q", logged(&l))
	}
	l.push(&later, untold)
	if got := logged(&l); count(got, "came to") != 1 || count(got, "out of memory") != 1 || len(got) > n+2 {
		t.Errorf("after coming again: %q", got)
	}
}

func TestTheLogIsBoundedAndKeepsNoBlocks(t *testing.T) {
	var l eventLog
	for i := range 3 * mostEntries {
		l.add(logEntry{text: fmt.Sprint(i)})
	}
	if len(l.entries) > mostEntries || l.entries[len(l.entries)-1].text != fmt.Sprint(3*mostEntries-1) {
		t.Errorf("%d entries, the last is %q", len(l.entries), l.entries[len(l.entries)-1].text)
	}
	collected := make(chan bool, 1)
	func() {
		s := goldenNode()
		runtime.AddCleanup(&s.Processes[0].Pools[0], func(int) { collected <- true }, 0)
		l.push(s, untold)
	}()
	for range 200 {
		runtime.GC()
		select {
		case <-collected:
			if len(l.processes) == 0 {
				t.Error("no process was logged")
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Error("the log keeps a walk alive")
}

func TestTheLogOnTheScreen(t *testing.T) {
	d := newDriver(t, 120, 40).sample(goldenNode())
	d.keys("x")
	d.keys("l")
	d.shows("Done and seen", "watching 2 GPUs", "GPU 1 power: not supported", "48007")
	s := goldenNode()
	s.At = s.At.Add(time.Second)
	s.Events = []fragcalc.Event{{At: s.At, PID: 48035, Kind: "oom", Text: "out of memory: 2.00 GiB asked for"}}
	d.sample(s)
	d.shows("48035 out of memory: 2.00 GiB asked for")
	d.keys("enter")
	d.shows("› 48035")
	d.keys("esc", "l", "g", "enter")
	d.shows("this is about no process")
	d.keys("G", "k")
	for i := range 50 { // the cursor is not on the last entry: it stays
		at := d.app.dialog.(*logPane).list.Selected
		next := goldenNode()
		next.At = s.At.Add(time.Duration(i+1) * time.Second)
		next.Events = []fragcalc.Event{{At: next.At, PID: 48035, Kind: "release", Text: fmt.Sprintf("released %d MiB", i)}}
		d.sample(next)
		_ = d.app.View()
		if got := d.app.dialog.(*logPane).list.Selected; got != at {
			t.Fatalf("the cursor went from %d to %d", at, got)
		}
	}
	d.keys("G")
	d.shows("released 49 MiB")
	d.keys("l")
	d.hides("Done and seen")
}

// What is done to the screen or to a file is in the log, also in a replay that
// goes back over it.
func TestTheLogHasWhatWasDone(t *testing.T) {
	d := newDriver(t, 120, 40, withTaper(&taper{}))
	d.second(0)
	d.settled(d.keys("ctrl+r", "enter"))
	d.settled(d.keys("ctrl+r"))
	d.keys("m", "u")
	d.send(savedMsg{path: "/c/config.toml"})
	d.send(keptMsg{what: "the screen", path: "/d/screen.txt"})
	texts := logged(&d.app.log)
	for part, want := range map[string]int{"saved in /c/config.toml": 1, "the screen: in /d/screen.txt": 1, "recording into gpufragtop-": 1, "recorded 1 sample": 1, "marked 12:04:31": 1, "sizes in": 0} {
		if got := count(texts, part); got != want {
			t.Errorf("%q is logged %d times, want %d: %q", part, got, want, texts)
		}
	}
	d = watch(t, everySecond(), 120, 40)
	d.keys("m")
	d.app.log.rewind(time.Time{})
	if texts := logged(&d.app.log); count(texts, "marked") != 1 || len(texts) != 1 {
		t.Errorf("%q", texts)
	}
}

// Whoever holds on to the entries sees no others in their place.
func TestTheLogShiftsNothingUnderItsReaders(t *testing.T) {
	var l eventLog
	for i := range mostEntries {
		l.add(logEntry{text: fmt.Sprint(i)})
	}
	held := l.entries
	l.add(logEntry{text: "one more"})
	if held[0].text != "0" || held[mostEntries-1].text != fmt.Sprint(mostEntries-1) {
		t.Errorf("the entries became %q … %q", held[0].text, held[mostEntries-1].text)
	}
}
