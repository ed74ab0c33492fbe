package probe

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
	"github.com/gpufragtop/gpufragtop/probe/agents"
	"github.com/gpufragtop/gpufragtop/probe/proctest"
)

func show(b fragcalc.Bytes) string {
	if v, ok := b.Get(); ok {
		return fmt.Sprint(v / mib)
	}
	return "(" + b.Reason() + ")"
}

// describe writes the rows and faults of a snapshot, a line each, in MiB.
func describe(s *fragcalc.Snapshot) string {
	var out strings.Builder
	for _, p := range s.Processes {
		fmt.Fprintf(&out, "%d/%d %s %s %q memory=%s", p.PID, p.StartTicks, p.GPUUUID[len(p.GPUUUID)-1:], p.User, p.Command, show(p.GPUMemory))
		if p.Instrumented {
			out.WriteString(" page")
		}
		fmt.Fprintf(&out, " reserved=%s\n", show(p.Reserved))
	}
	for _, f := range s.Faults {
		fmt.Fprintf(&out, "fault %s %s %d %s: %s\n", f.Scope, f.GPUUUID, f.PID, f.Field, f.Reason)
	}
	return out.String()
}

func expect(t *testing.T, s *fragcalc.Snapshot, want ...string) {
	t.Helper()
	if diff := cmp.Diff(strings.Join(want, ""), describe(s)); diff != "" {
		t.Errorf("snapshot (-want +got):\n%s", diff)
	}
}

func TestJoin(t *testing.T) {
	w := newWorld(t, true, "50:0:100,50:1:80,51:1:60")
	w.proc.Add(50, 7, "train.py")
	w.proc.Add(51, 8, "llama-server")
	page := instrumented(50, 7, walked(device(0)), walked(device(1)))
	page.Events = []fragcalc.Event{{At: time.Unix(2, 0), Kind: "release", Text: "b"}, {At: time.Unix(1, 0), Kind: "release", Text: "a"}}
	page.Faults = []fragcalc.Fault{{Field: "walk", Reason: "odd"}}
	w.pages.processes = []agents.Process{page}
	s := w.sampler(t)
	shot := s.Sample(t.Context())
	expect(t, shot,
		`50/7 0 root "train.py" memory=100 page reserved=64`+"\n",
		`50/7 1 root "train.py" memory=80 page reserved=64`+"\n",
		`51/8 1 root "llama-server" memory=60 reserved=(not instrumented)`+"\n",
		"fault process  50 walk: odd\n")
	if shot.Version != "test" || shot.Driver != "555.42" || shot.CUDA != "12.5" || shot.Host == "" || shot.At.IsZero() || len(shot.GPUs) != 2 {
		t.Errorf("head of the snapshot: %+v", shot)
	}
	if len(shot.Events) != 2 || shot.Events[0].Text != "a" || shot.Events[0].PID != 50 || shot.Events[0].Scope != fragcalc.ScopeProcess {
		t.Errorf("events %+v", shot.Events)
	}
	if diff := cmp.Diff([][]int{{50, 51}}, w.pages.asked); diff != "" {
		t.Errorf("pids given to the agents (-want +got):\n%s", diff)
	}
}

// The figures that need NVML and a page together.
func TestJoinedFigures(t *testing.T) {
	w := newWorld(t, true, "50:0:100,51:0:10")
	w.proc.Add(50, 7, "train.py")
	w.proc.Add(51, 8, "x")
	w.proc.Write(51, "maps", proctest.MapsLine("/lib/libtorch_cuda.so"))
	w.proc.Write(51, "environ", "RANK=1\x00PYTORCH_ALLOC_CONF=a:b\x00")
	capped := walked(device(0))
	capped.Counters.Allowed = fragcalc.Of[int64](300 * mib)
	w.pages.processes = []agents.Process{instrumented(50, 7, capped)}
	rows := w.sampler(t).Sample(t.Context()).Processes
	p := rows[0]
	got := fmt.Sprintf("slack %s other %s unbacked %s fits %s peak %s hook %v job %q framework %v",
		show(p.Slack), show(p.Other), show(p.Unbacked), show(p.FitsNow), show(p.ActivePeak), p.Hook, p.Job, p.Framework)
	want := `slack 14 other 36 unbacked 0 fits 236 peak 50 hook {true  } job "rank 0/2" framework {pytorch 2.6.0 page}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	p = rows[1]
	if p.OutOfReach || rows[0].OutOfReach {
		t.Error("a process that may be looked into is out of reach")
	}
	got = fmt.Sprintf("slack %s other %s fits %s age %s share %s hook %v job %q framework %v settings %v",
		show(p.Slack), show(p.Other), show(p.FitsNow), p.SnapshotAge.Reason(), p.Watching.Share.Reason(), p.Hook, p.Job, p.Framework, p.Settings)
	const n = "not instrumented"
	want = fmt.Sprintf(`slack (%s) other (%s) fits (%s) age %s share %s hook {false %s } job "rank 1" framework {pytorch  outside} settings {a:b outside 0 }`, n, n, n, n, n, n)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A page whose process has ended, or whose PID is somebody else's, is no row.
func TestReusedPID(t *testing.T) {
	w := newWorld(t, true, "50:0:100")
	w.proc.Add(50, 9, "somebody else")
	w.pages.processes = []agents.Process{instrumented(50, 7, walked(device(0))), instrumented(60, 7, walked(device(0)))}
	expect(t, w.sampler(t).Sample(t.Context()), `50/9 0 root "somebody else" memory=100 reserved=(not instrumented)`+"\n")
}

// Devices of a page that NVML does not know, or not with this process, stay.
func TestUnlisted(t *testing.T) {
	w := newWorld(t, true, "")
	w.proc.Add(50, 7, "train.py")
	idle := walked(device(1))
	idle.Context = false
	w.pages.processes = []agents.Process{instrumented(50, 7, walked(device(0)), idle, walked(device(8)), walked([16]byte{}))}
	shot := w.sampler(t).Sample(t.Context())
	var got []string
	for _, p := range shot.Processes {
		got = append(got, p.GPUUUID+" "+show(p.GPUMemory)+" "+show(p.Reserved)+" "+show(p.FitsNow))
	}
	want := []string{
		uuid0 + " (NVML does not list the process on this GPU) 64 1000",
		" (no such GPU in NVML) 64 (no such GPU in NVML)",
		uuid0[:len(uuid0)-1] + "8 (no such GPU in NVML) 64 (no such GPU in NVML)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	faults := []fragcalc.Fault{
		{Scope: fragcalc.ScopeProcess, PID: 50, Field: "gpu_uuid", Reason: "the process could not tell the GPU's UUID"},
		{Scope: fragcalc.ScopeProcess, GPUUUID: uuid0[:len(uuid0)-1] + "8", PID: 50, Field: "gpu_uuid", Reason: "NVML has no GPU with this UUID"},
	}
	if diff := cmp.Diff(faults, shot.Faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestNoNVML(t *testing.T) {
	w := newWorld(t, true, "")
	w.options.NVMLPath = filepath.Join(t.TempDir(), "none.so")
	w.proc.Add(50, 7, "train.py")
	w.pages.processes = []agents.Process{instrumented(50, 7, walked(device(1)))}
	s := newSampler(w.options, w.pages)
	defer s.Close()
	expect(t, s.Sample(t.Context()),
		`50/7 1 root "train.py" memory=(no NVML) page reserved=64`+"\n",
		"fault node  0 nvml: no NVIDIA driver found: install it, in a container pass the GPUs through (--gpus all); --demo shows the tool without one\n")
}

// In a container NVML's numbers are not ours.
func TestForeign(t *testing.T) {
	w := newWorld(t, false, "50:0:100,51:1:90,52:1:80")
	w.proc.Add(50, 7, "unrelated")
	w.proc.Add(3, 7, "train.py")
	const foreign = "fault process %s %d command: not in this PID namespace\n"
	s := w.sampler(t)
	expect(t, s.Sample(t.Context()),
		`50/0 0  "host pid 50, not in this PID namespace" memory=100 reserved=(not in this PID namespace)`+"\n",
		`51/0 1  "host pid 51, not in this PID namespace" memory=90 reserved=(not in this PID namespace)`+"\n",
		`52/0 1  "host pid 52, not in this PID namespace" memory=80 reserved=(not in this PID namespace)`+"\n",
		"fault node  0 processes: this monitor is in a container: 3 of NVML's 3 processes are outside it\n",
		fmt.Sprintf(foreign, uuid0, 50), fmt.Sprintf(foreign, uuid1, 51), fmt.Sprintf(foreign, uuid1, 52))

	// The one page and the one number left on a GPU belong together.
	w.pages.processes = []agents.Process{instrumented(3, 7, walked(device(0)))}
	rows := s.Sample(t.Context())
	if got := describe(rows); !strings.HasPrefix(got, `3/7 0 root "train.py" memory=100 page reserved=64`+"\n51/0") || !strings.Contains(got, "inferred: taken for host pid 50") {
		t.Errorf("got %s", got)
	}

	// Where there are two numbers, nothing is guessed.
	w.pages.processes = []agents.Process{instrumented(3, 7, walked(device(1)))}
	if got := describe(s.Sample(t.Context())); !strings.Contains(got, `3/7 1 root "train.py" memory=(which of NVML's 2 host pids on this GPU it is cannot be told from inside this container) page`) || strings.Count(got, `"host pid`) != 3 {
		t.Errorf("got %s", got)
	}
}

func TestGone(t *testing.T) {
	w := newWorld(t, true, "50:0:100")
	expect(t, w.sampler(t).Sample(t.Context()),
		`50/0 0  "pid 50, ended" memory=100 reserved=(no such process: it has ended)`+"\n",
		"fault process "+uuid0+" 50 command: no such process: it has ended\n")
}

func TestProcessesDenied(t *testing.T) {
	w := newWorld(t, true, "50:0:100")
	w.proc.Add(50, 7, "train.py")
	w.pages.processes = []agents.Process{instrumented(50, 7, walked(device(0)))}
	s := w.sampler(t)
	w.control.Set("noperm call=processes device=0")
	expect(t, s.Sample(t.Context()),
		`50/7 0 root "train.py" memory=(no permission) page reserved=64`+"\n",
		"fault gpu "+uuid0+" 0 processes: no permission\n")
}

// A device that hangs costs its own figures; pages and the other GPU do not
// wait for it.
func TestHang(t *testing.T) {
	w := newWorld(t, true, "50:0:100,50:1:80")
	w.proc.Add(50, 7, "train.py")
	w.pages.processes = []agents.Process{instrumented(50, 7, walked(device(0)), walked(device(1)))}
	s := w.sampler(t)
	s.Sample(t.Context())
	w.control.Set("hang device=0")
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	shot := s.Sample(ctx)
	if len(shot.Processes) != 2 || show(shot.Processes[1].GPUMemory) != "80" || show(shot.Processes[0].Reserved) != "64" {
		t.Errorf("while a device hangs:\n%s", describe(shot))
	}
}

func TestFilter(t *testing.T) {
	w := newWorld(t, true, "50:0:100,50:1:80")
	w.proc.Add(50, 7, "train.py")
	w.pages.processes = []agents.Process{instrumented(50, 7, walked(device(0)), walked(device(1)))}
	w.options.Devices = []string{uuid1}
	shot := w.sampler(t).Sample(t.Context())
	expect(t, shot, `50/7 1 root "train.py" memory=80 page reserved=64`+"\n")
	if len(shot.GPUs) != 1 || shot.GPUs[0].UUID != uuid1 {
		t.Errorf("GPUs %+v", shot.GPUs)
	}
}

// A page without figures for the GPU, and one whose figures are old.
func TestPageReasons(t *testing.T) {
	w := newWorld(t, true, "50:0:100,51:0:90,52:0:80")
	for pid := 50; pid <= 52; pid++ {
		w.proc.Add(pid, 7, "x")
	}
	torn := instrumented(51, 7)
	torn.Faults = []fragcalc.Fault{{PID: 51, Field: "page", Reason: "the page is damaged"}}
	old := walked(device(0))
	old.Reason = "history on"
	w.pages.processes = []agents.Process{instrumented(50, 7), torn, instrumented(52, 7, old)}
	expect(t, w.sampler(t).Sample(t.Context()),
		`50/7 0 root "x" memory=100 page reserved=(its page does not tell of this GPU yet)`+"\n",
		`51/7 0 root "x" memory=90 page reserved=(the page is damaged)`+"\n",
		`52/7 0 root "x" memory=80 page reserved=64`+"\n",
		"fault process "+uuid0+" 52 snapshot_age_ms: history on\n",
		"fault process  51 page: the page is damaged\n")
}

func TestReadonly(t *testing.T) {
	w := newWorld(t, true, "50:0:100")
	w.options.Readonly = true
	w.proc.Add(50, 7, "x")
	w.pages.processes = []agents.Process{instrumented(50, 7, walked(device(0)))}
	s := w.sampler(t)
	if hook := s.Sample(t.Context()).Processes[0].Hook; hook.Available || !strings.Contains(hook.Reason, "--readonly") {
		t.Errorf("hook %+v", hook)
	}
	if out := only(t, s, fragcalc.ProcessID{PID: 1}); out.Status != fragcalc.ReleaseReadonly || w.pages.released != nil {
		t.Errorf("got %+v", out)
	}
}

// Close ends a sample that is underway, and later ones at once.
func TestClose(t *testing.T) {
	w := newWorld(t, true, "")
	s := newSampler(w.options, w.pages)
	s.Sample(t.Context())
	w.control.Set("hang device=0 call=memory")
	t.Cleanup(func() { w.control.Set() })
	begun := make(chan struct{})
	done := make(chan *fragcalc.Snapshot)
	go func() {
		close(begun)
		done <- s.Sample(context.Background())
	}()
	<-begun
	s.Close()
	if shot := <-done; shot == nil {
		t.Error("no snapshot")
	}
	if shot := s.Sample(t.Context()); len(shot.GPUs) != 0 || !w.pages.closed {
		t.Errorf("after Close: %+v", shot)
	}
}

// Control groups of newer Slurm name jobs by ids of their own. One process that
// tells the number is enough for all of the job.
func TestJobsAreKnownByTheirNumbers(t *testing.T) {
	w := newWorld(t, true, "50:0:100,51:1:100,52:1:5")
	for pid, group := range map[int]string{50: "s5K1KKYAYG5D00/step_0/user/task_0", 51: "s5K1KKYAYG5D00/step_0/user/task_1", 52: "s5K1KKYAYG5D01/step_0/user/task_0"} {
		w.proc.Add(pid, 7, "train.py")
		w.proc.Write(pid, "cgroup", "0::/system.slice/slurmstepd.scope/"+group+"\n")
	}
	page := instrumented(50, 7, walked(device(0)))
	page.Variables = map[string]string{"SLURM_JOB_ID": "4711", "SLURM_STEP_ID": "0", "SLURM_PROCID": "0", "SLURM_NTASKS": "2", "SLURM_STEP_NUM_NODES": "1"}
	w.pages.processes = []agents.Process{page}
	shot := w.sampler(t).Sample(t.Context())
	var got []string
	for i := range shot.Processes {
		got = append(got, shot.Processes[i].Where.Text())
	}
	for _, g := range ranks.Groups(shot.Processes) {
		got = append(got, g.String()+": "+g.Inside())
	}
	want := []string{"slurm 4711.0", "slurm 4711.0", "slurm s5K1KKYAYG5D01.0",
		"slurm 4711.0: 1 of 2 ranks instrumented: rank 1 is not seen, unless among 51, of unknown rank",
		"slurm s5K1KKYAYG5D01.0: 0 of 1 process instrumented: 52 is not: started without gpufragtop run"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("where and jobs (-want +got):\n%s", diff)
	}
}
