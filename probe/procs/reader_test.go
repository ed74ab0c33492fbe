package procs

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/procs/cgroup"
	"github.com/gpufragtop/gpufragtop/probe/proctest"
)

func TestFacts(t *testing.T) {
	p := proctest.New(t, true)
	p.Add(50, 777, "python3", "train.py", "--hf-token", "abc", "a\x1b[31mb")
	p.Write(50, "maps", proctest.MapsLine("/opt/torch-2.6.0/lib/libtorch_cuda.so")+proctest.MapsLine("/dev/nvidia0")+proctest.MapsLine("/usr/lib/libcudart.so.12.4.127"))
	p.Write(50, "environ", "PYTORCH_CUDA_ALLOC_CONF=backend:cudaMallocAsync,expandable_segments:True\x00SECRET=x\x00RANK=3\x00WORLD_SIZE=8\x00SLURM_JOB_ID=4711\x00")
	p.Write(50, "cgroup", "0::/system.slice/slurmstepd.scope/job_4711/step_0/user/task_3\n")
	got := one(t, reader(t, p), 50)
	if memory, ok := got.Use.Memory.Get(); !ok || memory != 21*int64(os.Getpagesize()) || !got.Use.CPU.Known() {
		t.Errorf("it uses %+v", got.Use)
	}
	got.Use = fragcalc.HostUse{}
	want := Facts{
		ProcessID: fragcalc.ProcessID{PID: 50, StartTicks: 777}, Presence: Here, State: 'S', UID: 0, User: "root",
		Command:   "python3 train.py --hf-token *** a[31mb",
		ShellLine: "python3 train.py --hf-token '***' 'a[31mb'", InnerPID: 12,
		Framework: fragcalc.Framework{Name: "pytorch", Version: "2.6.0", Source: "outside"},
		Settings:  fragcalc.AllocatorSettings{Text: "backend:cudaMallocAsync,expandable_segments:True", Backend: "cudaMallocAsync", Source: "outside"},
		Job:       "rank 3/8 slurm 4711",
		Place:     cgroup.Place{SlurmJob: "4711", SlurmStep: "0", Told: true},
		Launcher:  1,
		Env:       map[string]string{"PYTORCH_CUDA_ALLOC_CONF": "backend:cudaMallocAsync,expandable_segments:True", "RANK": "3", "WORLD_SIZE": "8", "SLURM_JOB_ID": "4711"},
		Narrow:    ownGroups(),
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(fragcalc.HostUse{}), cmpopts.IgnoreUnexported(Facts{})); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

// A process that speaks for itself is not looked into.
func TestInstrumented(t *testing.T) {
	p := proctest.New(t, true)
	p.Add(50, 777, "python3")
	p.Write(50, "maps", proctest.MapsLine("/lib/libtorch_cuda.so"))
	p.Write(50, "environ", "RANK=1\x00")
	f := reader(t, p).Sample(t.Context(), []int{50}, func(int) bool { return true })[50]
	if f.Framework.Name != "" || f.Job != "" || f.Command != "python3" {
		t.Errorf("got %+v", f)
	}
}

func TestReusedPID(t *testing.T) {
	p := proctest.New(t, true)
	p.Add(50, 777, "old")
	r := reader(t, p)
	one(t, r, 50)
	p.Add(50, 778, "new")
	if f := one(t, r, 50); f.Command != "new" || f.StartTicks != 778 {
		t.Errorf("after reuse: %+v", f)
	}
	if err := os.RemoveAll(p.Root + "/50"); err != nil {
		t.Fatal(err)
	}
	if f := one(t, r, 50); f.Presence != Gone || f.PID != 50 || f.UID != -1 {
		t.Errorf("after its end: %+v", f)
	}
	if len(r.known) != 0 {
		t.Error("an ended process is remembered")
	}
}

// Within one life a process is read once, then again at growing intervals.
func TestReadOnce(t *testing.T) {
	p := proctest.New(t, true)
	p.Add(50, 777, "before")
	r := reader(t, p)
	one(t, r, 50)
	p.Add(50, 777, "after")
	if f := one(t, r, 50); f.Command != "before" {
		t.Errorf("read again at once: %q", f.Command)
	}
	r.known[50].next = time.Time{}
	one(t, r, 50)
	<-r.known[50].look.done
	if f := one(t, r, 50); f.Command != "after" {
		t.Errorf("not read again: %q", f.Command)
	}
}

// In another PID namespace than the driver's, a number alone proves nothing.
func TestForeign(t *testing.T) {
	p := proctest.New(t, false)
	for pid := 50; pid <= 53; pid++ {
		p.Add(pid, 777, "sleep")
	}
	p.Write(51, "maps", proctest.MapsLine("/dev/nvidiactl"))
	p.Write(52, "maps", proctest.MapsLine("/usr/lib/x86_64-linux-gnu/libcuda.so.550.54"))
	p.Write(53, "fd/.keep", "")
	if err := os.Symlink("/dev/nvidia-uvm", p.Root+"/53/fd/7"); err != nil {
		t.Fatal(err)
	}
	facts := reader(t, p).Sample(t.Context(), []int{50, 51, 52, 53, 99}, none)
	for pid, want := range map[int]Presence{50: Foreign, 51: Here, 52: Here, 53: Here, 99: Foreign} {
		if got := facts[pid].Presence; got != want {
			t.Errorf("presence of %d is %d, want %d", pid, got, want)
		}
	}
}

// A look that never comes back costs its own process, and is not repeated.
func TestStuckLook(t *testing.T) {
	p := proctest.New(t, true)
	p.Add(50, 777, "stuck")
	p.Add(51, 777, "well")
	r := reader(t, p)
	stuck := entry{ProcessID: fragcalc.ProcessID{PID: 50, StartTicks: 777}, look: newAnswer()}
	stuck.look.asked = time.Now().Add(-time.Hour)
	r.known[50] = &stuck
	facts := r.Sample(t.Context(), []int{50, 51}, none)
	if f := facts[50]; !f.Late || f.Presence != Here || f.Command != "[python (x) y]" {
		t.Errorf("stuck: %+v", f)
	}
	if f := facts[51]; f.Late || f.Command != "well" {
		t.Errorf("other: %+v", f)
	}
	if r.known[50] != &stuck || !stuck.look.pending() {
		t.Error("a second look was begun")
	}
}

// A sample that comes late still gets what is quick.
func TestGrace(t *testing.T) {
	p := proctest.New(t, true)
	p.Add(50, 777, "well")
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if f := reader(t, p).Sample(ctx, []int{50}, none)[50]; f.Presence != Here {
		t.Errorf("got %+v", f)
	}
}

func TestUserLookupStuck(t *testing.T) {
	release := make(chan struct{})
	u := newUsers()
	u.lookup = func(uid string) (string, error) { <-release; return "alice", nil }
	t.Cleanup(u.close)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if got := u.name(ctx, 1000); got != "1000" {
		t.Errorf("while stuck: %q", got)
	}
	close(release)
	if got := u.name(t.Context(), 1000); got != "alice" {
		t.Errorf("afterwards: %q", got)
	}
}

func TestParseStat(t *testing.T) {
	good := proctest.Stat(7, "a) b (c", 'Z', 99)
	if s, err := parseStat(7, []byte(good)); err != nil || s.StartTicks != 99 || s.state != 'Z' || s.name != "a) b (c" {
		t.Errorf("got %+v, %v", s, err)
	}
	for _, bad := range []string{"", "7", "7 (x", "7 )x(", "7 (x) S 1 2", strings.Replace(good, " 99 ", " -9 ", 1), strings.Replace(good, " Z ", " ZZ ", 1)} {
		if s, err := parseStat(7, []byte(bad)); err == nil {
			t.Errorf("%q gave %+v", bad, s)
		}
	}
}

// Real processes: this one, and one that has ended and was not waited for.
func TestRealProc(t *testing.T) {
	r := New("/proc")
	t.Cleanup(r.Close)
	child := exec.Command("true")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { child.Wait() })
	zombie := child.Process.Pid
	if err := unix.Waitid(unix.P_PID, zombie, &unix.Siginfo{}, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	facts := r.Sample(t.Context(), []int{os.Getpid(), zombie}, none)
	if f := facts[os.Getpid()]; f.StartTicks == 0 || !strings.Contains(f.Command, "procs.test") || f.UID != os.Getuid() {
		t.Errorf("this process: %+v", f)
	}
	if f := facts[zombie]; f.State != 'Z' || f.Command != "[true]" {
		t.Errorf("zombie: %+v", f)
	}
}

// What is read of a process is bounded, whatever it makes of its files.
func TestBounds(t *testing.T) {
	p := proctest.New(t, true)
	p.Add(50, 777, strings.Repeat("x", 1<<20))
	p.Write(50, "environ", strings.Repeat("A=B\x00", 1<<16)+"RANK=1\x00")
	p.Write(50, "maps", strings.Repeat("x", 1<<20)+"\n")
	f := one(t, reader(t, p), 50)
	if len(f.Command) != maxCommand || f.Job != "" || f.Framework.Name != "" {
		t.Errorf("command of %d bytes, job %q, framework %q", len(f.Command), f.Job, f.Framework.Name)
	}
}
