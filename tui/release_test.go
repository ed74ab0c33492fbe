package tui

import (
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestReleaseAsksFirstAndTheDefaultIsNo(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("r")
	d.shows("Release cache", "48049 · bob · python eval.py", "GPU 1: 514 MiB back (predicted)",
		"not this process's own", "PyTorch flushes its cache before it gives up.", "[ No ]  [ Yes ]")
	if command := d.keys("enter"); command != nil {
		t.Error("Enter on the default releases")
	}
	d.hides("Release cache")
	d.shows("nothing was done")
	for _, key := range []string{"n", "esc", "q"} {
		d.keys("r")
		if command := d.keys(key); command != nil {
			t.Errorf("%s releases or quits", key)
		}
		d.hides("Release cache")
	}
	if len(d.releaser.asked) != 0 {
		t.Errorf("released %v", d.releaser.asked)
	}
}

func TestReleaseReportsAndPollsAtOnce(t *testing.T) {
	for _, yes := range [][]string{{"r", "y"}, {"r", "tab", "enter"}, {"r", "right", "enter"}} {
		d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
		d.releaser.answer = fragcalc.ReleaseOutcome{
			Status: fragcalc.ReleaseDone, Took: 84 * time.Millisecond,
			GPUs: []fragcalc.ReleasedGPU{{Estimate: fragcalc.Of[int64](514 * mib), Before: fragcalc.Of[int64](9 * gib), After: fragcalc.Of[int64](9*gib - 514*mib)}},
		}
		command := d.keys(yes...)
		if command == nil {
			t.Fatalf("%v does not release", yes)
		}
		d.shows("releasing the cache of 48049")
		d.keys("r")
		d.shows("another release is under way, and cannot be cancelled")
		answer := begun(t, command)()
		if len(d.releaser.asked) != 1 || d.releaser.asked[0].Steps[0][0].PID != 48049 || d.releaser.asked[0].Force {
			t.Fatalf("asked for %v", d.releaser.asked)
		}
		d.send(answer)
		d.keys("j") // a remark would go with the next key, an outcome stays
		d.shows("48049: released 514 MiB in 84 ms (predicted 514 MiB)")
		if d.polls != 1 {
			t.Errorf("%d polls after the release", d.polls)
		}
	}
}

func TestReleaseSaysWhyItGaveLess(t *testing.T) {
	text, good := releaseWords(newDriver(t, 80, 24).app.world.look, fragcalc.ReleaseOutcome{
		Target: fragcalc.ProcessID{PID: 7}, Status: fragcalc.ReleaseDone, Reason: "the program allocated meanwhile", Took: 2 * time.Second,
		GPUs: []fragcalc.ReleasedGPU{
			{Estimate: fragcalc.Of[int64](gib), Before: fragcalc.Of[int64](2 * gib), After: fragcalc.Of[int64](2 * gib)},
			{Estimate: fragcalc.Of[int64](gib), Before: fragcalc.Of[int64](2 * gib), After: fragcalc.Of[int64](gib)},
		},
	})
	if want := "7: released 1.00 GiB on 2 GPUs in 2.00 s (predicted 2.00 GiB): the program allocated meanwhile"; text != want || good {
		t.Errorf("%q, %v; want %q", text, good, want)
	}
}

func TestReleaseIsRefusedWithTheReason(t *testing.T) {
	s := testNode(1, 2, 9)
	for i := range s.Processes {
		if s.Processes[i].PID == 48049 {
			s.Processes[i].Hook = fragcalc.ReleaseHook{Reason: "stream capture underway"}
		}
	}
	d := newDriver(t, 120, 40).sample(s)
	d.keys("r")
	d.shows("48049 cannot be released: stream capture underway")
	d.keys("G", "r")
	d.shows("cannot be released: not instrumented")
	d = newDriver(t, 120, 40, func(o *Options) { o.Readonly = true }).sample(testNode(1, 2, 9))
	d.hides("r release")
	d.keys("r")
	d.shows("read-only")
	d.send(releasedMsg{request: 7}) // the answer to nothing
	d.keys("j")
	d.hides("released")
}

func TestAnOutcomeThatIsNoReleaseIsShown(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.releaser.answer = fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseBusy, Reason: "another monitor's release is under way"}
	d.release(d.keys("r", "y"))
	d.shows("48049: not released: another monitor's release is under way")
}

// audited is a sample in which a process tells of a release.
func audited(at time.Time, pid int, kind, text string, own bool) *fragcalc.Snapshot {
	s := testNode(1, 2, 9)
	s.Events = append(s.Events, fragcalc.Event{At: at, Scope: fragcalc.ScopeProcess, PID: pid, Kind: kind, Text: text, Own: own})
	return s
}

// The next sample brings the process's own note of the release. It says less
// than the outcome, and must not take its place; what others did is news.
func TestTheOutcomeIsNotReplacedByTheProcessesNote(t *testing.T) {
	at := testNode(1, 2, 9).At
	for _, during := range []bool{true, false} {
		d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
		d.releaser.answer = fragcalc.ReleaseOutcome{
			Status: fragcalc.ReleaseDone, Took: 84 * time.Millisecond,
			GPUs: []fragcalc.ReleasedGPU{{Estimate: fragcalc.Of[int64](514 * mib), Before: fragcalc.Of[int64](9 * gib), After: fragcalc.Of[int64](9*gib - 514*mib)}},
		}
		own := audited(at.Add(time.Second), 48049, "release", "release asked for by pid 1 of uid 1000: released 514 MiB in 84 ms", true)
		command := d.keys("r", "y")
		if during { // the sample may overtake the answer
			d.sample(own)
			d.shows("releasing the cache of 48049")
		}
		d.release(command)
		d.sample(own)
		d.shows("48049: released 514 MiB in 84 ms (predicted 514 MiB)")
		d.hides("asked for by")
		d.sample(audited(at.Add(2*time.Second), 48049, "release", "release asked for by pid 2 of uid 0: released 0 B in 3 ms", false))
		d.shows("48049: release asked for by pid 2 of uid 0")
		both := audited(at.Add(3*time.Second), 48021, "error", "the walk failed", false)
		both.Events = append(both.Events, audited(at.Add(4*time.Second), 48049, "release", "release asked for by pid 1", true).Events...)
		d.sample(both) // what happened elsewhere before is still told
		d.shows("48021: the walk failed")
	}
}

// A refusal's reason is worth no less; where no answer came, the note is all
// there is.
func TestANoteIsShownWhereNoAnswerCame(t *testing.T) {
	at := testNode(1, 2, 9).At
	for status, note := range map[fragcalc.ReleaseStatus]bool{fragcalc.ReleaseCapture: false, fragcalc.ReleaseUnanswered: true} {
		d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
		d.releaser.answer = fragcalc.ReleaseOutcome{Status: status, Reason: "the reason"}
		d.release(d.keys("r", "y"))
		d.shows("not released: the reason")
		d.sample(audited(at.Add(time.Second), 48049, "release_refused", "release asked for by pid 1 of uid 0: late", true))
		if note {
			d.shows("48049: release asked for by pid 1 of uid 0: late")
		} else {
			d.shows("not released: the reason")
		}
	}
}

// The way out of a refusal is not cut off.
func TestARefusalWithAWayOutIsReadableOnSmallScreens(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}} {
		s := testNode(1, 2, 9)
		for i := range s.Processes {
			if s.Processes[i].PID == 48049 {
				s.Processes[i].Hook = fragcalc.ReleaseHook{Reason: "needs gpufragtop release 48049 --force: attached while it ran, so captures are not counted"}
			}
		}
		d := newDriver(t, size[0], size[1]).sample(s)
		d.keys("r")
		d.shows("48049 cannot be released: needs", "gpufragtop release 48049 --force")
		checkBounds(t, d, size[0], size[1], []string{"r"})
	}
}
