package tui

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// begun is what a command begins whose time is told each second, without that.
func begun(t *testing.T, command tea.Cmd) tea.Cmd {
	t.Helper()
	if command == nil {
		t.Fatal("nothing is begun")
	}
	message := command()
	batch, ok := message.(tea.BatchMsg)
	if !ok { // the time is told already, and this was the work
		return func() tea.Msg { return message }
	}
	if len(batch) != 2 {
		t.Fatalf("begun: %v", batch)
	}
	return batch[0]
}

// release carries out a release that has been confirmed, and delivers all that
// is told of it.
func (d *driver) release(command tea.Cmd) {
	d.t.Helper()
	message := begun(d.t, command)()
	if several, ok := message.(tea.BatchMsg); ok {
		several[0]()
		message = several[1]()
	}
	for {
		told, more := message.(outcomeMsg)
		d.send(message)
		if !more {
			return
		}
		message = told.next()
	}
}

// clock lets a test say what time it is.
func (d *driver) clock() *time.Time {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	d.app.status.clock = func() time.Time { return now }
	return &now
}

// eight is a node with eight processes that permit a release, all tagged.
func eight(t *testing.T) (*driver, []fragcalc.ProcessID) {
	s := testNode(1, 2, 9)
	var process fragcalc.Process
	for _, p := range s.Processes {
		if p.Instrumented && p.Hook.Available {
			process = p
		}
	}
	s.Processes = nil
	var targets []fragcalc.ProcessID
	for pid := range 8 {
		p := process
		p.ProcessID = fragcalc.ProcessID{PID: 500 + pid, StartTicks: 1}
		s.Processes, targets = append(s.Processes, p), append(targets, p.ProcessID)
	}
	d := newDriver(t, 120, 40).sample(s)
	for _, id := range targets {
		d.app.world.tagged[id] = true
	}
	return d, targets
}

// halting is a releaser that gives back a GiB for each process, whenever it may;
// an odd one refuses.
type halting struct{ may, at chan struct{} }

func (h halting) Release(_ context.Context, plan fragcalc.ReleasePlan, each func(fragcalc.ReleaseOutcome)) fragcalc.ReleaseReport {
	var report fragcalc.ReleaseReport
	for _, step := range plan.Steps {
		for _, target := range step {
			h.at <- struct{}{}
			<-h.may
			o := fragcalc.ReleaseOutcome{Target: target, Status: fragcalc.ReleaseBusy, Reason: "it is busy"}
			if target.PID%2 == 0 {
				o = fragcalc.ReleaseOutcome{Target: target, Status: fragcalc.ReleaseDone, GPUs: []fragcalc.ReleasedGPU{
					{GPUUUID: "GPU-0000", Before: fragcalc.Of[int64](3 * gib), After: fragcalc.Of[int64](2 * gib)}}}
				report.GPUs = []fragcalc.FreedGPU{{GPUUUID: "GPU-0000", Back: fragcalc.Of(int64(len(report.Outcomes)/2+1) * gib)}}
			}
			report.Outcomes = append(report.Outcomes, o)
			each(o)
		}
	}
	return report
}

func (halting) Retries(context.Context, fragcalc.ReleaseOutcome) fragcalc.Count {
	return fragcalc.Unknown[int64]("none")
}

func TestAReleaseOfSeveralTellsHowFarItIs(t *testing.T) {
	d, targets := eight(t)
	slow := halting{may: make(chan struct{}), at: make(chan struct{}, len(targets))}
	d.app.options.Releaser = slow
	now := d.clock()
	several, ok := begun(t, d.keys("r", "y"))().(tea.BatchMsg)
	if !ok {
		t.Fatal("outcomes are not waited for")
	}
	d.shows("releasing: 0 of 8 done …")
	go several[0]()
	next := several[1]
	for n, want := range []string{
		"releasing: 1 of 8 done, 1.00 GiB so far … 3 s", "2 of 8 done, 1 of them not released, 1.00 GiB so far … 6 s",
		"3 of 8 done, 1 of them not released, 2.00 GiB so far … 9 s",
	} {
		slow.may <- struct{}{}
		told := next().(outcomeMsg)
		*now = now.Add(3 * time.Second)
		d.send(outcomeMsg{request: told.request - 1, outcome: fragcalc.ReleaseOutcome{Target: fragcalc.ProcessID{PID: 9}}}) // of another
		next = d.send(told)
		d.shows(want)
		if d.send(doingDueMsg{}) == nil {
			t.Errorf("after %d the time stands still", n+1)
		}
	}
	// Nothing that is pressed ends it, and it says so.
	for _, key := range []string{"esc", "r"} {
		if command := d.keys(key); command != nil {
			t.Errorf("%s does something", key)
		}
	}
	d.shows("another release is under way, and cannot be cancelled")
	d.keys("j")
	d.shows("3 of 8 done")
	// What happens on the node is seen for a while.
	s := audited(*now, 500, "error", "the walk failed", false)
	s.Processes = d.app.latest.Processes
	d.sample(s)
	d.shows("500: the walk failed")
	*now = now.Add(newsTime)
	d.shows("3 of 8 done")
	for range 5 {
		slow.may <- struct{}{}
		next = d.send(next())
	}
	d.shows("8 of 8 done, 4 of them not released, 4.00 GiB so far")
	d.send(next())
	d.hides("releasing: ", "so far")
	d.keys("esc")
	d.shows("released 4.00 GiB from 4 of 8 processes", "501: not released: it is busy")
	if d.send(doingDueMsg{}) != nil || d.app.ticking {
		t.Error("the time goes on")
	}
	texts := logged(&d.app.log)
	for part, want := range map[string]int{"releasing the cache of 8 processes": 1, "released 1.00 GiB in": 4, "it is busy": 4, "from 4 of 8 processes": 1, "so far": 0} {
		if got := count(texts, part); got != want {
			t.Errorf("%q is logged %d times, want %d: %q", part, got, want, texts)
		}
	}
	for _, e := range d.app.log.entries {
		if e.text == "not released: it is busy" && e.pid%2 != 1 {
			t.Errorf("%d is not the one that refused", e.pid)
		}
	}
}

// A process's own note of a release may come when the next one has begun.
func TestTheNoteOfTheReleaseBeforeIsNotLogged(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.releaser.answer = fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseDone}
	d.release(d.keys("r", "y"))
	d.selectPID(48021)
	command := d.keys("r", "y")
	d.sample(audited(testNode(1, 2, 9).At.Add(time.Second), 48049, "release", "release asked for by pid 1", true))
	d.release(command)
	texts := logged(&d.app.log)
	if count(texts, "asked for by") != 0 || count(texts, "released an unknown amount") != 2 {
		t.Errorf("%q", texts)
	}
}

func TestAnAttachTellsItsTimeAndCanBeCancelled(t *testing.T) {
	f := stopping()
	d := newDriver(t, 120, 40, withAttacher(f)).sample(bareNode())
	now := d.clock()
	d.keys("end")
	who := strings.Fields(d.selected())[0]
	d.settle(d.keys("a"))
	command := begun(t, d.keys("y"))
	d.shows("attaching to " + who + " …; a on it cancels")
	*now = now.Add(3 * time.Second)
	d.shows("attaching to " + who + " … 3 s; a on it cancels")
	if d.send(doingDueMsg{}) == nil {
		t.Error("the time stands still")
	}
	bare := bareNode()
	for i := range bare.Processes {
		bare.Processes[i].Instrumented = false
	}
	d.sample(bare)
	d.keys("g", "a")
	if d.app.attaches.withdrawn {
		t.Error("the key on another process cancels")
	}
	d.keys("end")
	f.waits = true
	answer := make(chan tea.Msg)
	go func() { answer <- command() }()
	d.keys("a")
	d.shows("cancelling the attach to " + who + " … 3 s")
	d.keys("a")
	d.shows("the attach to " + who + " is being cancelled")
	d.send(<-answer)
	d.keys("k")
	d.shows("the attach to " + who + " was cancelled: the call is withdrawn")
	d.hides("cancelling")
	texts := logged(&d.app.log)
	if count(texts, "attaching to") != 1 || count(texts, "cancelling") != 1 || count(texts, "was cancelled") != 1 {
		t.Errorf("%q", texts)
	}
	// One that was quicker is told as it is.
	d.keys("end")
	f.waits, f.stopped = false, time.Millisecond
	d.settle(d.keys("a"))
	command = begun(t, d.keys("y"))
	d.keys("a")
	d.settle(command)
	d.keys("k")
	d.shows("attached to " + who + ", which stood still")
}

func TestAnAttachOfAnotherSaysWhereToCancel(t *testing.T) {
	d := newDriver(t, 120, 40, withAttacher(stopping()))
	bare := bareNode()
	for i := range bare.Processes {
		bare.Processes[i].Instrumented, bare.Processes[i].Framework.Name = false, "pytorch"
	}
	d.sample(bare)
	d.keys("end")
	who := strings.Fields(d.selected())[0]
	d.settle(d.keys("a"))
	d.keys("y")
	d.keys("g", "a")
	d.shows("another attach is under way; a on " + who + " cancels it")
}

func TestAWhatIfTellsItsTime(t *testing.T) {
	d := newDriver(t, 120, 40).sample(tracedNode())
	now := d.clock()
	command := begun(t, d.keys("w"))
	*now = now.Add(7 * time.Second)
	d.shows("under other settings … 7 s, Esc closes")
	d.keys("esc", "w")
	d.shows("another what-if is under way, and can be cancelled no more")
	d.send(command())
	d.hides("Best: ")
}
