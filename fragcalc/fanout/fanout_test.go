package fanout

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// node has ranks 0 to 3 of job 7 as pids 10 to 13 on GPUs a, a, b, b; rank 2
// is not instrumented; 20 and 21 are alone on GPU a.
func node() *fragcalc.Snapshot {
	s := &fragcalc.Snapshot{GPUs: []fragcalc.GPU{{Index: 0, UUID: "a"}, {Index: 1, UUID: "b"}}}
	row := func(pid int, gpu string, instrumented bool) *fragcalc.Process {
		p := fragcalc.Process{RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: pid}, GPUUUID: gpu}, Instrumented: instrumented}
		p.Hook.Reason = "not instrumented"
		s.Processes = append(s.Processes, p)
		return &s.Processes[len(s.Processes)-1]
	}
	for rank, gpu := range []string{"a", "a", "b", "b"} {
		p := row(10+rank, gpu, rank != 2)
		p.Task = fragcalc.Task{JobKind: "slurm", JobID: "7", Rank: fragcalc.Of(rank), World: fragcalc.Of(4)}
		p.Ranks = fragcalc.Ranks{Initialized: rank != 2, NCCL: true, Rank: rank, World: 4}
	}
	row(20, "a", true)
	row(21, "a", true)
	return s
}

func id(pid int) fragcalc.ProcessID { return fragcalc.ProcessID{PID: pid} }

func pids(targets []fragcalc.ProcessID) string {
	var all []string
	for _, t := range targets {
		all = append(all, fmt.Sprint(t.PID))
	}
	return strings.Join(all, " ")
}

func TestChoices(t *testing.T) {
	s := node()
	var got []string
	for _, c := range Choices(s, s.Processes[0].RowID) {
		got = append(got, c.Name+": "+pids(c.Targets)+" "+strings.Join(c.Left, ","))
	}
	want := []string{"this process: 10 ", "all of GPU 0: 10 11 20 21 ", "all 3 ranks of 4 here: 10 11 13 12 cannot be asked: not instrumented"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := Choices(s, fragcalc.RowID{ProcessID: id(13), GPUUUID: "b"}); len(got) != 2 || got[1].Name != "all 3 ranks of 4 here" {
		t.Errorf("one alone on its GPU: %+v", got)
	}
	for _, name := range []string{"7", "slurm 7"} {
		if c, ok := Job(s, name); !ok || pids(c.Targets) != "10 11 13" {
			t.Errorf("job %q: %+v", name, c)
		}
	}
	if _, ok := Job(s, "8"); ok {
		t.Error("there is no job 8")
	}
	if _, ok := Ranks(s, id(20)); ok {
		t.Error("20 is no rank")
	}
}

// Ranks at the same time, everything else one after the other, each once.
func TestPlan(t *testing.T) {
	plan := Plan(node(), []fragcalc.ProcessID{id(20), id(11), id(21), id(10), id(20), id(99)})
	var got []string
	for _, step := range plan.Steps {
		got = append(got, pids(step))
	}
	if want := []string{"20", "11 10", "21", "99"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEffects(t *testing.T) {
	s := node()
	s.Processes[0].Pools = []fragcalc.Pool{{PoolID: fragcalc.PoolID{Private: [2]uint64{0, 1}}}}
	s.Processes[0].Hook.Own = "kv cache"
	got := Effects(s, []fragcalc.ProcessID{id(10), id(11), id(20)})
	want := []string{
		"It stalls all 4 ranks until the slowest is done, and cannot be cancelled. Only 2 of them are released.",
		"If a MemPool context is active, PyTorch releases nothing.",
		"Its own release function is called, too: kv cache.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := Effects(s, []fragcalc.ProcessID{id(20)}); got != nil {
		t.Errorf("one alone: %q", got)
	}
	s.Processes[1].Ranks.NCCL = false
	if got := Effects(s, []fragcalc.ProcessID{id(11)}); got != nil {
		t.Errorf("without NCCL nobody is stalled: %q", got)
	}
}

// Ranks that cannot be asked count as not released; on a GPU only instrumented
// processes are meant.
func TestAbsentRanks(t *testing.T) {
	s := node()
	c, _ := Job(s, "7")
	if len(c.Absent) != 1 || c.Absent[0].Target != id(12) || c.Absent[0].Status != fragcalc.ReleaseNotInstrumented || c.Absent[0].Reason != "not instrumented" {
		t.Errorf("%+v", c.Absent)
	}
	s.Processes[2].OutOfReach = true
	if c, _ := Ranks(s, id(10)); len(c.Absent) != 1 || c.Absent[0].Status != fragcalc.ReleaseNotPermitted {
		t.Errorf("another user's: %+v", c.Absent)
	}
	if c := OnGPU(s, s.GPUs[1]); len(c.Left) != 1 || c.Absent != nil {
		t.Errorf("on a GPU: %+v", c)
	}
}

// A rank that refuses keeps the others; one that has nothing to release, or is
// no member, does not.
func TestObstacle(t *testing.T) {
	refuses := func(pid int, status fragcalc.ReleaseStatus, why string) fragcalc.ReleaseOutcome {
		return fragcalc.ReleaseOutcome{Target: id(pid), Status: status, Reason: why}
	}
	group := []fragcalc.ProcessID{id(10), id(11), id(13)}
	for _, c := range []struct {
		refusals []fragcalc.ReleaseOutcome
		want     string
	}{
		{nil, ""},
		{[]fragcalc.ReleaseOutcome{refuses(20, fragcalc.ReleaseStopped, "stopped")}, ""},
		{[]fragcalc.ReleaseOutcome{refuses(10, fragcalc.ReleaseNotInstrumented, "x"), refuses(11, fragcalc.ReleaseNoHook, "y"), refuses(13, fragcalc.ReleaseGone, "z")}, ""},
		{[]fragcalc.ReleaseOutcome{refuses(10, fragcalc.ReleaseNoHook, "x"), refuses(11, fragcalc.ReleaseStopped, "it is stopped")}, "11 will refuse: it is stopped"},
		{[]fragcalc.ReleaseOutcome{refuses(10, fragcalc.ReleaseOff, "off"), refuses(11, fragcalc.ReleaseTooSoon, "wait")}, "10 will refuse: off (and 1 more)"},
	} {
		if got := Obstacle(group, c.refusals); got != c.want {
			t.Errorf("%+v: %q, want %q", c.refusals, got, c.want)
		}
	}
}
