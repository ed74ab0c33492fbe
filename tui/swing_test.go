package tui

import (
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
)

// sawtooth is a node on which 48049 holds what it is given, second by second.
func sawtooth(d *driver, from time.Duration, stranded ...int64) {
	for i, n := range stranded {
		s := testNode(1, 2, 9)
		s.At = epoch.Add(from + time.Duration(i)*time.Second)
		for j := range s.Processes {
			if p := &s.Processes[j]; p.PID == 48049 {
				p.Stranded = fragcalc.Of(n)
			}
		}
		d.sample(s)
	}
}

func TestASwingingFigureIsToldAsARange(t *testing.T) {
	d := newDriver(t, 120, 40)
	sawtooth(d, 0, 5*gib, 9*gib, 14*gib, 5*gib, 8*gib)
	d.shows("48049: 8.00 GiB stranded (5.00–14.0 GiB in the last minute) in ")
	d.keys("enter")
	d.shows("8.00 GiB stranded (5.00–14.0 GiB in the last minute)")
	d.keys("esc")
	sawtooth(d, 5*time.Second, 0)
	d.shows("48049: nothing stranded now (0 B–14.0 GiB in the last minute).")
}

func TestASteadyFigureIsToldAsItIs(t *testing.T) {
	d := newDriver(t, 120, 40)
	sawtooth(d, 0, 10*gib, 9*gib, 9*gib, 8*gib, 9*gib) // a fifth, and no more
	d.shows("48049: 9.00 GiB stranded in ")
	d = newDriver(t, 120, 40)
	sawtooth(d, 0, 10*gib, 1*gib) // too little is known
	d.shows("48049: 1.00 GiB stranded in ")
	d = newDriver(t, 120, 40)
	sawtooth(d, 0, 14*gib, 5*gib, 5*gib, 5*gib, 5*gib)
	sawtooth(d, time.Minute, 5*gib, 5*gib, 5*gib, 5*gib, 5*gib, 5*gib) // it is long past
	d.shows("48049: 5.00 GiB stranded in ")
}

func TestADifferenceIsSetAgainstTheSwing(t *testing.T) {
	d := newDriver(t, 120, 40)
	sawtooth(d, 0, 5*gib, 9*gib, 14*gib, 5*gib, 8*gib)
	d.keys("m")
	sawtooth(d, 5*time.Second, 10*gib)
	d.keys("'")
	d.shows("Stranded swings by itself, 5.00–14.0 GiB in the last minute: +2.00G is within that.")
	d.keys("enter")
	d.shows("+2.00G is within that.")
	sawtooth(d, 90*time.Second, 40*gib, 30*gib, 40*gib, 30*gib, 40*gib)
	d.shows("30.0–40.0 GiB in the last minute: +32.0G is more than that.")
}

// What the change tab calls a stack by is the program's own call, also in what
// lies about a hole and in the lines about the row.
func TestTheChangeOfTheDemoNamesTheProgramsOwnCall(t *testing.T) {
	node := demo.NewNode(1)
	d := newDriver(t, 200, 60).sample(node.Snapshot(epoch))
	d.keys("m")
	for second := range 20 {
		d.sample(node.Snapshot(epoch.Add(time.Duration(second+1) * time.Second)))
	}
	d.keys("'", "enter")
	d.shows("› 48121 › change", "BETWEEN", "the edge, ", keeps)
	for range 60 { // every row of every list, with what is told of it
		d.hides("CapturedTraceback", "gather")
		d.keys("j")
	}
	d.shows("newly stranded.", "Held by ")
}
