package tui

import (
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
)

func TestTheFitPaneAnswersWhileASizeIsWritten(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("f")
	d.shows("Would it fit?", "Size: "+firstFitSize, "4.00 GiB in GPU", "default stream", "any other stream", "largest that fits")
	for range firstFitSize {
		d.keys("backspace")
	}
	d.shows("a size above 0")
	d.keys("9", "0", "0", "q")
	d.shows("a size above 0") // a q is written, it does not quit
	d.keys("backspace", "g")
	d.shows("900 GiB in GPU", "no", "not at all", "the device lacks")
	d.keys("esc")
	d.hides("Would it fit?")
	d.keys("f")
	d.shows("Size: 900g")
	d.keys("8", "g") // what is written first takes the old size's place
	d.shows("8.00 GiB in GPU")
}

// The answer is about the newest sample, and about the process it was asked for.
func TestTheFitPaneFollowsTheSamples(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("f")
	d.hides("the device lacks")
	pid := d.app.dialog.(*fitPane).target.PID
	s := testNode(1, 2, 9)
	for i := range s.Processes {
		if s.Processes[i].PID == pid {
			s.Processes[i].Room.DeviceFree = fragcalc.Of[int64](5)
			s.Processes[i].Pools = s.Processes[i].Pools[:0]
		}
	}
	full := d.sample(s)
	full.shows("needs a walk")
	s = testNode(1, 2, 9)
	for i := range s.Processes {
		if s.Processes[i].PID == pid {
			s.Processes[i].Room.DeviceFree = fragcalc.Of[int64](5)
		}
	}
	d.sample(s)
	d.shows("the device lacks")
	s = testNode(1, 2, 9)
	s.Processes = nil
	d.sample(s)
	d.shows("has ended")
	d.keys("esc")
	d.hides("Would it fit?")
}

func TestFitIsNotAskedOfAProcessThatCannotBeSeenInto(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("end", "f")
	d.shows("what fits cannot be told: not instrumented")
	d.hides("Would it fit?")
}

func TestTheFitPaneScrolls(t *testing.T) {
	d := newDriver(t, 80, 12).sample(testNode(1, 2, 9))
	d.app.fitSize = "900GiB"
	d.keys("f")
	d.hides("largest that fits")
	for range 30 {
		d.keys("down")
	}
	d.shows("largest that fits", "Size: ")
	for range 30 {
		d.keys("up")
	}
	d.shows("900 GiB in GPU")
}

// What is printed is what is asked, for every process of the demo.
func TestWriteFit(t *testing.T) {
	s := demo.NewNode(1).Snapshot(testNode(1, 1, 1).At)
	var answers []fragcalc.FitAnswer
	for i := range s.Processes {
		p := &s.Processes[i]
		answers = append(answers, fragcalc.FitAnswer{Process: p, Verdicts: s.FitContext(p).WouldFitOnStreams(4 << 30)})
	}
	var out strings.Builder
	if err := WriteFit(&out, s, 4<<30, answers); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "4.00 GiB in "); got != len(s.Processes) {
		t.Errorf("%d answers for %d processes", got, len(s.Processes))
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("an escape in plain text")
	}
}
