package ranks

import (
	"slices"
	"strconv"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// row is a process on a GPU, with what its launcher gave it.
func row(pid, gpu int, instrumented bool, variables ...string) fragcalc.Process {
	var p fragcalc.Process
	p.PID, p.GPUUUID, p.Instrumented = pid, "GPU-"+strconv.Itoa(gpu), instrumented
	p.Figures = fragcalc.UnknownFigures("not instrumented")
	p.GPUMemory = fragcalc.Of[int64](3)
	if instrumented {
		p.Reserved = fragcalc.Of[int64](2)
	}
	env := map[string]string{}
	for i := 0; i+1 < len(variables); i += 2 {
		env[variables[i]] = variables[i+1]
	}
	p.Task = Read(env, p.Where, 900)
	return p
}

// torchrun is a process as torchrun starts it.
func torchrun(rank, world, node, local int, instrumented bool) fragcalc.Process {
	return row(1000+rank, rank%8, instrumented, "RANK", strconv.Itoa(rank), "WORLD_SIZE", strconv.Itoa(world),
		"LOCAL_RANK", strconv.Itoa(rank-node*local), "LOCAL_WORLD_SIZE", strconv.Itoa(local), "TORCHELASTIC_RUN_ID", "run7")
}

func one(t *testing.T, rows []fragcalc.Process) *Group {
	t.Helper()
	groups := Groups(rows)
	if len(groups) != 1 {
		t.Fatalf("%d groups: %+v", len(groups), groups)
	}
	return &groups[0]
}

func TestWhichRanksAreInstrumented(t *testing.T) {
	eight := func(change func([]fragcalc.Process) []fragcalc.Process) []fragcalc.Process {
		var rows []fragcalc.Process
		for rank := range 8 {
			rows = append(rows, torchrun(rank, 8, 0, 8, true))
		}
		slices.Reverse(rows)
		return change(rows)
	}
	out := func(p *fragcalc.Process, why string) {
		p.Instrumented, p.Figures = false, fragcalc.UnknownFigures(why)
	}
	for name, test := range map[string]struct {
		rows []fragcalc.Process
		want string
	}{
		"all":           {eight(func(r []fragcalc.Process) []fragcalc.Process { return r }), "8 of 8 ranks instrumented"},
		"one is not":    {eight(func(r []fragcalc.Process) []fragcalc.Process { out(&r[2], "not instrumented"); return r }), "7 of 8 ranks instrumented: rank 5 is not: started without gpufragtop run"},
		"one is absent": {eight(func(r []fragcalc.Process) []fragcalc.Process { return slices.Delete(r, 2, 3) }), "7 of 8 ranks instrumented: rank 5 is not seen among these processes"},
		"several reasons": {eight(func(r []fragcalc.Process) []fragcalc.Process {
			for _, i := range []int{2, 3, 4, 7} {
				out(&r[i], "not instrumented")
			}
			out(&r[0], "no permission to look into a process of bob")
			return r
		}), "3 of 8 ranks instrumented: ranks 0, 3-5 are not: started without gpufragtop run; rank 7 is not: no permission to look into a process of bob"},
		"second row of a process": {eight(func(r []fragcalc.Process) []fragcalc.Process {
			again := r[0]
			again.GPUUUID = "GPU-0"
			return append(r, again)
		}), "8 of 8 ranks instrumented"},
		"child of a rank": {eight(func(r []fragcalc.Process) []fragcalc.Process {
			child := r[0]
			child.PID = 5000
			out(&child, "not instrumented")
			return append(r, child)
		}), "8 of 8 ranks instrumented"},
		"second node of two": {[]fragcalc.Process{torchrun(8, 16, 1, 4, true), torchrun(11, 16, 2, 4, true)},
			"2 of 2 ranks here instrumented; ranks 0-7, 9-10, 12-15 are not seen here"}, // blocks that overlap
		"two of a node": {[]fragcalc.Process{torchrun(8, 16, 1, 8, true), torchrun(11, 16, 1, 8, true)},
			"2 of 8 ranks here instrumented: ranks 9-10, 12-15 are not seen among these processes; ranks 0-7 on other nodes"},
		"no local size": {[]fragcalc.Process{row(1, 0, true, "RANK", "1", "WORLD_SIZE", "4"), row(2, 0, false, "RANK", "0", "WORLD_SIZE", "4")},
			"1 of 2 ranks here instrumented: rank 0 is not: started without gpufragtop run; ranks 2-3 are not seen here"},
		"slurm on one node": {[]fragcalc.Process{row(1, 0, true, "SLURM_JOB_ID", "77", "SLURM_STEP_ID", "0", "SLURM_PROCID", "1", "SLURM_NTASKS", "2", "SLURM_STEP_NUM_NODES", "1")},
			"1 of 2 ranks instrumented: rank 0 is not seen among these processes"},
		"slurm on two nodes": {[]fragcalc.Process{row(1, 0, true, "SLURM_JOB_ID", "77", "SLURM_STEP_ID", "0", "SLURM_PROCID", "5", "SLURM_NTASKS", "8", "SLURM_LOCALID", "1", "SLURM_STEP_NUM_NODES", "2", "SLURM_STEP_TASKS_PER_NODE", "4(x2)")},
			"1 of 4 ranks here instrumented: ranks 4, 6-7 are not seen among these processes; ranks 0-3 on other nodes"},
		"slurm, dealt out in turn": {[]fragcalc.Process{row(1, 0, true, "SLURM_JOB_ID", "77", "SLURM_STEP_ID", "0", "SLURM_PROCID", "3", "SLURM_NTASKS", "4", "SLURM_LOCALID", "1", "SLURM_STEP_TASKS_PER_NODE", "2(x2)", "SLURM_DISTRIBUTION", "cyclic")},
			"1 of 1 rank here instrumented; ranks 0-2 are not seen here"},
		"slurm, more on one node": {[]fragcalc.Process{row(1, 0, true, "SLURM_JOB_ID", "77", "SLURM_STEP_ID", "0", "SLURM_PROCID", "1", "SLURM_NTASKS", "3", "SLURM_LOCALID", "1", "SLURM_STEP_TASKS_PER_NODE", "2,1")},
			"1 of 1 rank here instrumented; ranks 0, 2 are not seen here"},
		"no ranks": {[]fragcalc.Process{row(1, 0, true, "PBS_JOBID", "9"), row(2, 0, false, "PBS_JOBID", "9"), row(3, 0, false, "PBS_JOBID", "9")},
			"1 of 3 processes instrumented: 2, 3 are not: started without gpufragtop run"},
		"a rank unknown": {[]fragcalc.Process{row(1, 0, true, "PBS_JOBID", "9", "RANK", "0", "WORLD_SIZE", "1"), row(2, 0, false, "PBS_JOBID", "9")},
			"1 of 1 rank instrumented; 1 process of unknown rank: 2"},
	} {
		if got := one(t, test.rows).Inside(); got != test.want {
			t.Errorf("%s:\n got  %s\n want %s", name, got, test.want)
		}
	}
}

func TestAGroupIsOneJob(t *testing.T) {
	rows := []fragcalc.Process{torchrun(1, 2, 0, 2, true), torchrun(0, 2, 0, 2, false)}
	more := rows[0]
	more.GPUUUID = "GPU-5"
	rows = append(rows, more, row(7, 0, true), row(9, 3, true, "SLURM_JOB_ID", "10"), row(8, 3, true, "SLURM_JOB_ID", "9"))
	groups := Groups(rows)
	if len(groups) != 3 || groups[0].Job != "9" || groups[1].Job != "10" || groups[2].ID != (ID{"torchrun", "run7"}) {
		t.Fatalf("%+v", groups)
	}
	g := groups[2]
	if len(g.Members) != 2 || g.Members[0].PID != 1000 || !slices.Equal(g.Members[1].Rows, []int{0, 2}) || g.GPUs != 3 {
		t.Errorf("%+v", g)
	}
	if got := g.Extent(); got != "2 ranks on 3 GPUs" {
		t.Error(got)
	}
	if bytes, ok := g.Reserved.Bytes.Get(); !ok || bytes != 4 || g.Reserved.Unknown != 1 {
		t.Errorf("reserved %+v", g.Reserved)
	}
	if g.Used.Bytes.Known() || g.Used.Bytes.Reason() != "not instrumented" {
		t.Errorf("a sum of nothing known is %+v", g.Used)
	}
	if Find(groups, &rows[3]) != nil || Find(groups, &rows[0]).Job != "run7" || groups[0].Many() || !g.Many() {
		t.Error("find, many")
	}
}

// A job of a million ranks costs no more than the processes that are here.
func TestAHostileWorld(t *testing.T) {
	g := one(t, []fragcalc.Process{row(1, 0, true, "RANK", "1048575", "WORLD_SIZE", "1048576", "LOCAL_RANK", "0", "LOCAL_WORLD_SIZE", "1048575", "MASTER_ADDR", "a", "MASTER_PORT", "1")})
	if len(g.Unseen)+len(g.Elsewhere)+len(g.Unplaced) > 4 {
		t.Errorf("%+v", g)
	}
	for _, bad := range []string{"-1", "1048577", "99999999999999999999", "x", ""} {
		if p := row(1, 0, true, "RANK", bad, "WORLD_SIZE", "4"); p.Task.Rank.Known() {
			t.Errorf("rank %q is believed", bad)
		}
	}
	if p := row(1, 0, true, "RANK", "4", "WORLD_SIZE", "4"); p.Task.World.Known() {
		t.Error("rank 4 of 4 is believed")
	}
}

// Every row is found in its job, whatever jobs are called.
func TestFindFindsEveryJob(t *testing.T) {
	var rows []fragcalc.Process
	for _, kind := range []string{"slurm", "", "torchrun", "launcher"} {
		for _, job := range []string{"10", "9", "09", "9a", "a9", "", "-1", "~", "900", "run", "9"} {
			var p fragcalc.Process
			p.PID = len(rows) + 1
			p.Task.JobKind, p.Task.JobID = kind, job
			rows = append(rows, p)
		}
	}
	groups := Groups(rows)
	for i := range rows {
		id, known := Of(&rows[i])
		g := Find(groups, &rows[i])
		switch {
		case !known && g == nil:
		case !known || g == nil || g.ID != id || !slices.ContainsFunc(g.Members, func(m Member) bool { return slices.Contains(m.Rows, i) }):
			t.Errorf("%v: %+v", id, g)
		}
	}
	var stranger fragcalc.Process
	stranger.Task.JobKind, stranger.Task.JobID = "slurm", "91"
	if g := Find(groups, &stranger); g != nil {
		t.Errorf("%+v", g)
	}
}
