package tui

import (
	"slices"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// without is a node from which processes have gone.
func without(s *fragcalc.Snapshot, pids ...int) *fragcalc.Snapshot {
	s.Processes = slices.DeleteFunc(s.Processes, func(p fragcalc.Process) bool { return slices.Contains(pids, p.PID) })
	return s
}

func TestASignalIsNotRepeatedOnTheNextProcess(t *testing.T) {
	s := &signaller{}
	d := newDriver(t, 120, 40, withSignaller(s)).sample(testNode(1, 2, 9))
	d.keys("P", "g", "j")
	ended, next := d.app.views.node().processes.Rows[1].PID, d.app.views.node().processes.Rows[2].PID
	d.send(d.keys("x", "enter", "y")())
	d.sample(without(testNode(1, 2, 9), ended))
	if got := d.app.views.node().processes.Rows[1].PID; got != next || !strings.Contains(d.selected(), rowName(fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: next}})) {
		t.Fatalf("the cursor is on %q", d.selected())
	}
	d.keys("x", "enter", "y")
	if d.app.dialog != nil || len(s.sent) != 1 {
		t.Fatalf("a question is open, or sent was %v", s.sent)
	}
}

func TestWhatTheCursorSlidOntoIsAskedForTwice(t *testing.T) {
	start := func() (*driver, string, string) {
		d := newDriver(t, 120, 40, withSignaller(&signaller{})).sample(testNode(1, 2, 9))
		d.keys("P", "g")
		rows := d.app.views.node().processes.Rows
		ended := rows[0].PID
		names := [2]string{rowName(rows[0].RowID), rowName(rows[1].RowID)}
		d.sample(without(testNode(1, 2, 9), ended))
		d.sample(without(testNode(1, 2, 9), ended)) // and another sample changes nothing
		return d, names[0], names[1]
	}
	for _, key := range []string{"x", "R"} {
		d, ended, next := start()
		d.keys(key)
		d.shows(ended + " has ended; the cursor is now on " + next + ": press again if that is meant")
		if d.app.dialog != nil {
			t.Errorf("%s opened a question", key)
		}
		d.keys(key)
		if d.app.dialog == nil {
			t.Errorf("%s, pressed again, opened no question", key)
		}
	}
	d, _, next := start() // a movement is a choice
	d.keys("j", "k", "x")
	d.shows("Send a signal", next)
	// One after the other goes: what was chosen is the first.
	d, ended, _ := start()
	rows := d.app.views.node().processes.Rows
	s := testNode(1, 2, 9)
	s.Processes = slices.DeleteFunc(s.Processes, func(p fragcalc.Process) bool {
		return !slices.ContainsFunc(rows, func(r processRow) bool { return r.RowID == p.RowID }) || p.RowID == rows[0].RowID
	})
	last := rowName(rows[1].RowID)
	d.sample(s)
	d.keys("x")
	d.shows(ended + " has ended; the cursor is now on " + last)
}

// A filter hides what has not ended.
func TestAFilterEndsNothing(t *testing.T) {
	d := newDriver(t, 120, 40, withSignaller(&signaller{})).sample(testNode(1, 2, 9))
	d.keys("P", "g")
	name := strings.Fields(d.selected())[0]
	d.keys("/")
	for _, letter := range "pid!=" + name {
		d.keys(string(letter))
	}
	d.keys("enter", "x")
	d.shows("Send a signal")
}

// Keys that were meant for what is tagged do not fall on the cursor's row when
// all of that has ended.
func TestWhatWasTaggedHasEnded(t *testing.T) {
	s := &signaller{}
	d := newDriver(t, 120, 40, withSignaller(s)).sample(testNode(1, 2, 9))
	d.keys("P", "g", " ", " ", "G")
	rows := d.app.views.node().processes.Rows
	d.sample(without(testNode(1, 2, 9), rows[0].PID, rows[1].PID))
	d.keys("x")
	d.shows("what was tagged has ended; the cursor is now on")
	if d.app.dialog != nil {
		t.Fatal("a question about another process is open")
	}
	d.keys("x")
	d.shows("Send a signal")
}
