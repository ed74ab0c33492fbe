package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// rankNode is testNode with ranks of one job on its first three instrumented processes.
func rankNode() *fragcalc.Snapshot {
	s := testNode(1, 2, 9)
	rank := 0
	for i := range s.Processes {
		p := &s.Processes[i]
		if !p.Instrumented || rank == 3 {
			continue
		}
		p.Task = fragcalc.Task{JobKind: "slurm", JobID: "7", Rank: fragcalc.Of(rank), World: fragcalc.Of(8)}
		p.Ranks = fragcalc.Ranks{Initialized: true, NCCL: true, Rank: rank, World: 8}
		rank++
	}
	return s
}

func (d *driver) selectPID(pid int) {
	d.t.Helper()
	d.keys("g")
	for range 40 {
		if strings.HasPrefix(strings.TrimPrefix(d.selected(), tagMark), fmt.Sprint(pid)) {
			return
		}
		d.keys("j")
	}
	d.t.Fatalf("no row of %d", pid)
}

func firstRank(s *fragcalc.Snapshot) int {
	for i := range s.Processes {
		if s.Processes[i].Ranks.Initialized {
			return s.Processes[i].PID
		}
	}
	return 0
}

// What a release does to the other ranks is said first, and they are a choice.
func TestRanksAreOneTarget(t *testing.T) {
	s := rankNode()
	d := newDriver(t, 120, 40).sample(s)
	d.selectPID(firstRank(s))
	d.keys("r")
	d.shows("It stalls all 8 ranks until the slowest is done, and cannot be", "Only 1 of them is released.", "this process", "up down: ", "all 3 ranks of 8 here")
	for range 5 {
		if pane := d.app.dialog.(*releasePane); strings.HasPrefix(pane.choices[pane.chosen].Name, "all 3 ranks") {
			break
		}
		d.keys("down")
	}
	d.shows("all 3 ranks of 8 here", "Only 3 of them are released.")
	command := d.keys("y")
	if command == nil {
		t.Fatal("y does not release")
	}
	d.release(command)
	plan := d.releaser.asked[0]
	if len(plan.Steps) != 1 || len(plan.Steps[0]) != 3 {
		t.Errorf("ranks are to be asked at the same time: %v", plan.Steps)
	}
}

// On the row of a job both keys mean all of its ranks.
func TestJobRowIsOneTarget(t *testing.T) {
	s := rankNode()
	d := newDriver(t, 120, 40).sample(s)
	d.keys("T", "g")
	for range 12 {
		if row, _ := d.app.views.node().processes.Current(); row.group != nil {
			break
		}
		d.keys("j")
	}
	d.keys("r")
	d.shows("all 3 ranks of 8 here", "Only 3 of them are released.")
	d.keys("esc", " ")
	if len(d.app.world.tagged) != 3 {
		t.Errorf("tagged %v", d.app.world.tagged)
	}
	d.keys("k", " ")
	if len(d.app.world.tagged) != 0 {
		t.Errorf("still tagged %v", d.app.world.tagged)
	}
}

// A yes is a yes to what was chosen then.
func TestAnotherChoiceIsNoAgain(t *testing.T) {
	s := rankNode()
	d := newDriver(t, 120, 40).sample(s)
	d.selectPID(firstRank(s))
	d.keys("r", "tab", "down")
	if command := d.keys("enter"); command != nil || len(d.releaser.asked) != 0 {
		t.Error("a yes to one choice is taken for another")
	}
}

func TestTaggedProcessesAreReleasedOneAfterTheOther(t *testing.T) {
	s := testNode(1, 2, 9)
	d := newDriver(t, 120, 40).sample(s)
	var pids []int
	for i := range s.Processes {
		if p := &s.Processes[i]; p.Instrumented && p.Hook.Available && len(pids) < 2 && (len(pids) == 0 || pids[0] != p.PID) {
			pids = append(pids, p.PID)
		}
	}
	for _, pid := range pids {
		d.selectPID(pid)
		d.keys(" ")
		d.shows(tagMark + fmt.Sprint(pid))
	}
	d.releaser.answer = fragcalc.ReleaseOutcome{
		Status: fragcalc.ReleaseDone, Took: 20 * time.Millisecond,
		GPUs: []fragcalc.ReleasedGPU{{GPUUUID: s.GPUs[0].UUID, Estimate: fragcalc.Of[int64](gib), Before: fragcalc.Of[int64](2 * gib), After: fragcalc.Of[int64](gib), Taken: fragcalc.Of[int64](mib)}},
	}
	d.keys("r")
	d.shows("2 tagged", fmt.Sprint(pids[0])+" on GPU", fmt.Sprint(pids[1])+" on GPU", "[ No ]")
	d.release(d.keys("y"))
	if steps := d.releaser.asked[0].Steps; len(steps) != 2 || len(steps[0]) != 1 {
		t.Errorf("steps %v", steps)
	}
	d.shows("Released", fmt.Sprint(pids[0])+": released 1.00 GiB in ", "(predicted 1.00 GiB); 1.00 MiB of it",
		fmt.Sprint(pids[1])+": released 1.00 GiB in ", "released 2.00 GiB from 2 of 2 processes; 2.00 MiB of it were taken")
	d.keys("esc")
	d.hides("j k scroll")
	d.selectPID(pids[0])
	d.keys(" ")
	d.hides(tagMark + fmt.Sprint(pids[0]))
	// A process that ends takes its tag with it.
	var left []fragcalc.Process
	for _, p := range s.Processes {
		if p.PID != pids[1] {
			left = append(left, p)
		}
	}
	s.Processes = left
	d.sample(s)
	if len(d.app.world.tagged) != 0 {
		t.Errorf("tags of nobody: %v", d.app.world.tagged)
	}
}

func TestRetriesAreToldTenSecondsLater(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.releaser.answer = fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseDone}
	d.release(d.keys("r", "y"))
	request := d.app.releases.request
	report := fragcalc.ReleaseReport{Outcomes: []fragcalc.ReleaseOutcome{{Target: fragcalc.ProcessID{PID: 7}, Status: fragcalc.ReleaseDone}}}
	d.send(retriedMsg{request, report, fragcalc.Of[int64](3)})
	d.shows("7: 3 allocation retries in the 10 s since the release")
	d.send(retriedMsg{request, report, fragcalc.Unknown[int64]("the process has ended")})
	d.shows("are unknown: the process has ended")
	d.send(retriedMsg{request - 1, report, fragcalc.Of[int64](9)}) // of an earlier release
	d.hides("9 allocation retries")
	d.releaser.retries = fragcalc.Of[int64](2)
	if got := retriesOf(t.Context(), d.releaser, report); got != fragcalc.Of[int64](2) {
		t.Errorf("%+v", got)
	}
}

// The question is never cut, and the target and the gravest consequence are
// named, on every screen that has room for a pane at all.
func TestReleasePaneOnSmallScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 10}, {24, 9}, {60, 12}, {200, 50}} {
		s := rankNode()
		d := newDriver(t, size[0], size[1]).sample(s)
		d.app.world.tagged[s.Processes[0].ProcessID] = true
		pid := firstRank(s)
		d.app.refresh()
		node := d.app.views.node()
		for i := range s.Processes {
			if s.Processes[i].PID == pid {
				node.processes.Find(s.Processes[i].RowID)
				break
			}
		}
		d.keys("r")
		for range d.app.dialog.(*releasePane).choices {
			d.shows("[ No ]")
			if size[0] >= 40 {
				d.shows("[ Yes ]", "Release?")
			}
			checkBounds(t, d, size[0], size[1], []string{"release pane"})
			d.keys("down")
		}
		pane := d.app.dialog.(*releasePane)
		for pane.choices[pane.chosen].Name != "this process" {
			d.keys("down")
		}
		d.shows(fmt.Sprint(pid))
		if size[0] >= 40 {
			d.shows("stalls all 8")
		}
		seen := strings.Join(d.screen(), " ")
		for range 30 {
			d.keys("j")
			seen += strings.Join(d.screen(), " ")
		}
		for _, word := range []string{"cancelled", "predicted", "slower", "gives"} {
			if !strings.Contains(seen, word) {
				t.Errorf("%v: %q is not to be reached", size, word)
			}
		}
	}
}
