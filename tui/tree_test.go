package tui

import (
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
)

// jobNode has a job of Slurm with eight ranks on eight GPUs, of which rank 5
// is not instrumented, a pod, and a unit.
func jobNode() *fragcalc.Snapshot {
	s := testNode(1, 8, 0)
	r := rand.New(rand.NewSource(4))
	inside := func(pid, gpu int) fragcalc.Process { return testProcess(r, pid*28, s.GPUs[gpu].UUID, 1) }
	for rank := range 8 {
		pid := 1800 - rank // the higher the rank, the lower the PID
		p := inside(pid, rank)
		if rank == 5 {
			p = testProcess(r, pid*28+21, s.GPUs[rank].UUID, 1)
		}
		p.User, p.Command = "alice", "python train.py --config gpt.yaml"
		p.Where = fragcalc.Where{Kind: "slurm", ID: "4711.0", Name: "gpt", SlurmJob: "4711", SlurmStep: "0"}
		p.Task = ranks.Read(map[string]string{"RANK": strconv.Itoa(rank), "WORLD_SIZE": "8", "LOCAL_RANK": strconv.Itoa(rank), "LOCAL_WORLD_SIZE": "8"}, p.Where, 0)
		s.Processes = append(s.Processes, p)
	}
	pod := inside(1900, 3)
	pod.Command = "python -m serve"
	pod.Where = fragcalc.Where{Kind: "kubernetes", ID: "u", Name: "chat-0", Pod: "ml/chat-0", PodUID: "1f0c2b9e-7a53-4d1e-9c4b-3f5e6d7c8b9a", Container: strings.Repeat("0a1b2c3d", 8)}
	unit := testProcess(r, 1903*7, s.GPUs[7].UUID, 1)
	s.Processes = append(s.Processes, pod, unit)
	return s
}

func TestGoldenTree(t *testing.T) {
	for name, keys := range map[string][]string{
		"tree": {"T", "g"}, "tree-folded": {"T", "g", "enter"}, "tree-rank": {"T", "g", "right", "down", "enter"},
	} {
		for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {200, 60}, {40, 10}} {
			name := fmt.Sprintf("%s-%dx%d", name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				d := newDriver(t, size.width, size.height).sample(jobNode())
				d.keys(keys...)
				compareGolden(t, name, strings.Join(d.screen(), "\n")+"\n")
			})
		}
	}
	var out strings.Builder
	if err := WriteOnce(&out, jobNode(), OnceOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "once-jobs", out.String())
}

// node is the view of a driver's node.
func (d *driver) node() *nodeView { return d.app.views.node() }

// shown are the rows of the process table: ranks by number, others by PID.
func (d *driver) shown() string {
	var rows []string
	for i := range d.node().processes.Rows {
		row := &d.node().processes.Rows[i]
		name := strconv.Itoa(row.PID)
		if rank, ok := row.Task.Rank.Get(); ok {
			name = "#" + strconv.Itoa(rank)
		}
		if row.group != nil {
			name = row.group.Job
		}
		if i == d.node().processes.Index {
			name = "[" + name + "]"
		}
		rows = append(rows, name)
	}
	return strings.Join(rows, " ")
}

func TestTreeKeys(t *testing.T) {
	d := newDriver(t, 120, 40).sample(jobNode())
	d.keys("P", "g")
	expect := func(what, want string) {
		t.Helper()
		if got := d.shown(); got != want {
			t.Errorf("%s:\n got  %s\n want %s", what, got, want)
		}
	}
	const all = "4711.0 #0 #1 #2 #3 #4 #5 #6 #7 53200"
	expect("side by side", "[13321] #7 #6 #5 #4 #3 #2 #1 #0 53200")
	d.keys("T", "down")
	expect("by job and rank", "13321 [4711.0] "+strings.TrimPrefix(all, "4711.0 "))
	d.keys("enter")
	expect("folded", "13321 [4711.0] 53200")
	d.keys("enter", "left")
	expect("unfolded and folded", "13321 [4711.0] 53200")
	d.keys("right", "right", "down")
	expect("into it", "13321 4711.0 #0 [#1] #2 #3 #4 #5 #6 #7 53200")
	d.keys("P")
	expect("sorted inside", "13321 4711.0 #7 #6 #5 #4 #3 #2 [#1] #0 53200")
	d.keys("left")
	expect("to its job", "13321 [4711.0] #7 #6 #5 #4 #3 #2 #1 #0 53200")
	d.keys("r")
	if pane, ok := d.app.dialog.(*releasePane); !ok || len(pane.choices) != 1 || len(pane.choices[0].Targets) < 2 {
		t.Errorf("a job's row opens %+v, not a release of its ranks", d.app.dialog)
	}
	d.keys("esc", "T")
	if strings.Contains(d.shown(), "4711.0") || !strings.Contains(d.shown(), "#0") {
		t.Error("the tree stays: " + d.shown())
	}
}

// The selection stays with its row, whatever comes and goes.
func TestTreeKeepsTheSelection(t *testing.T) {
	s := jobNode()
	d := newDriver(t, 120, 40).sample(s)
	d.keys("T", "g", "enter") // folded
	row, _ := d.node().processes.Current()
	if row.group == nil || !row.folded {
		t.Fatal("no folded job at the top: " + d.shown())
	}
	fewer := *s
	fewer.Processes = append(append([]fragcalc.Process{}, s.Processes[8:]...), s.Processes[2:7]...)
	d.sample(&fewer)
	row, _ = d.node().processes.Current()
	if row.group == nil || !row.folded || len(row.group.Members) != 5 {
		t.Errorf("after a sample: %s", d.shown())
	}
	if !strings.Contains(row.Command, "4 of 8 ranks instrumented: rank 5 is not: started without gpufragtop run; ranks 0-1, 7 are not seen among these processes") {
		t.Error(row.Command)
	}
	gone := *s
	gone.Processes = s.Processes[8:]
	d.sample(&gone)
	if strings.Contains(d.shown(), "4711.0") {
		t.Error("a job without processes is shown: " + d.shown())
	}
}

// A filter hides processes, and does not change what is said of their job.
func TestTreeWithAFilter(t *testing.T) {
	d := newDriver(t, 120, 40).sample(jobNode())
	d.keys("T", "/")
	d.keys(strings.Split("rank==5", "")...)
	d.keys("enter", "g")
	if got := d.shown(); got != "[4711.0] #5" {
		t.Error(got)
	}
	if row, _ := d.node().processes.Current(); !strings.Contains(row.Command, "7 of 8 ranks instrumented") {
		t.Error(row.Command)
	}
}

// Where everybody is logged in says nothing: the room goes to other columns.
func TestWhereIsShownWhereItTells(t *testing.T) {
	s := testNode(1, 2, 9)
	d := newDriver(t, 120, 40).sample(s)
	d.shows("WHERE", "llama.service")
	for i := range s.Processes {
		s.Processes[i].Where = fragcalc.Where{Kind: "session"}
	}
	d.sample(s)
	if screen := strings.Join(d.screen(), "\n"); strings.Contains(screen, "WHERE") || !strings.Contains(screen, "WHAT") {
		t.Error(screen)
	}
}
