//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// oomReport is the key report of a document.
type oomReport struct {
	Asked       int64    `json:"asked_bytes"`
	DeviceFree  *int64   `json:"device_free_bytes"`
	DeviceTotal *int64   `json:"device_total_bytes"`
	Allowed     *int64   `json:"allowed_bytes"`
	Verdict     string   `json:"verdict"`
	Call        *string  `json:"call"`
	Lines       []string `json:"lines"`
	Stack       []string `json:"stack"`
	OtherThread bool     `json:"stack_of_main_thread"`
	NoMap       *string  `json:"no_block_map"`
}

type oomDocument struct {
	Processes []map[string]any
	Events    []oomEvent
	Report    *oomReport
}

type oomEvent struct {
	PID        int `json:"pid"`
	Kind, Text string
	UUID       string  `json:"gpu_uuid"`
	Asked      *int64  `json:"asked_bytes"`
	DeviceFree *int64  `json:"device_free_bytes"`
	Verdict    *string `json:"verdict"`
	Report     *string `json:"report"`
}

// oomBench is a node with a folder of reports.
type oomBench struct {
	*bench
	folder string
}

func newOOMBench(t *testing.T, env ...string) oomBench {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "reports")
	return oomBench{newBench(t, append(env, "GPUFRAGTOP_REPORT_DIR="+folder)...), folder}
}

// python runs a script to its end, by itself or under gpufragtop run.
func (b oomBench) python(instrumented bool, script string, env ...string) result {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), "train.py")
	if err := os.WriteFile(path, []byte("import warnings\nwarnings.filterwarnings('ignore')\nimport torch\n"+script), 0o600); err != nil {
		b.t.Fatal(err)
	}
	env = append(append([]string{}, b.env...), env...)
	args := []string{b.py, path}
	if instrumented {
		args = append([]string{binary, "run", "--"}, args...)
	}
	got := invokeCommand(b.t, env, args[0], args[1:]...)
	got.stderr = strings.ReplaceAll(got.stderr, path, "train.py") // the two lie in different folders
	return got
}

// reports are the paths of the reports there are, oldest first.
func (b oomBench) reports() []string {
	b.t.Helper()
	found, err := filepath.Glob(filepath.Join(b.folder, "oom-*.report"))
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

// only is the one report there is, opened.
func (b oomBench) only() oomDocument {
	b.t.Helper()
	found := b.reports()
	if len(found) != 1 {
		b.t.Fatalf("%d reports, want one: %v", len(found), found)
	}
	got := b.monitor("open", "--json", filepath.Base(found[0]))
	var document oomDocument
	if err := json.Unmarshal([]byte(got.stdout), &document); err != nil || got.code != 0 || document.Report == nil {
		b.t.Fatalf("open --json: %v, exit code %d: %s %.300s", err, got.code, got.stderr, got.stdout)
	}
	return document
}

// dies grows until there is no memory left, and says what PyTorch counted then.
const dies = `
import json
def grow(keep):
    for i in range(100):
        keep.append(torch.empty(100 << 20, dtype=torch.uint8, device="cuda"))
keep = []
try:
    grow(keep)
except torch.cuda.OutOfMemoryError:
    s = torch.cuda.memory_stats()
    print(json.dumps([s["reserved_bytes.all.current"], s["allocated_bytes.all.current"], s["num_ooms"]]))
    raise
`

func TestOOMReportOutlivesTheProgram(t *testing.T) {
	b := newOOMBench(t, "GFT_FAKE_TOTAL_MIB=2000", "RANK=3", "WORLD_SIZE=8")
	bare, got := b.python(false, dies), b.python(true, dies)
	if got != bare || got.code != 1 || !strings.Contains(got.stderr, "OutOfMemoryError: CUDA out of memory") {
		t.Errorf("with us:\n%+v\nwithout:\n%+v", got, bare)
	}
	var counted []int64
	if err := json.Unmarshal([]byte(got.stdout), &counted); err != nil {
		t.Fatal(err)
	}
	shot := b.only()
	r := shot.Report
	if r.Asked != 100<<20 || r.DeviceFree == nil || *r.DeviceFree != 0 || r.DeviceTotal == nil || *r.DeviceTotal != 2000<<20 || r.Allowed != nil || r.Call != nil {
		t.Errorf("the report says %+v", r)
	}
	if r.Verdict != "too_big" || r.NoMap != nil {
		t.Errorf("verdict %q, no map %v: %v", r.Verdict, r.NoMap, r.Lines)
	}
	if len(r.Stack) != 2 || !regexp.MustCompile(`/train\.py:8 grow$`).MatchString(r.Stack[0]) || !strings.HasSuffix(r.Stack[1], " <module>") || r.OtherThread {
		t.Errorf("stack %q", r.Stack)
	}
	row := shot.Processes[0]
	if len(shot.Processes) != 1 || row["reserved_bytes"] != float64(counted[0]) || row["used_bytes"] != float64(counted[1]) || row["ooms"] != float64(counted[2]) || row["job"] != "rank 3/8" {
		t.Errorf("PyTorch counted %v, the report says %v %v %v, job %v", counted, row["reserved_bytes"], row["used_bytes"], row["ooms"], row["job"])
	}
	if len(shot.Events) != 1 || shot.Events[0].Kind != "oom" || *shot.Events[0].Verdict != "too_big" {
		t.Errorf("events %+v", shot.Events)
	}
	path := b.reports()[0]
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, mode %v", err, info.Mode())
	}
	if folder, err := os.Stat(b.folder); err != nil || folder.Mode().Perm() != 0o700 {
		t.Errorf("%v, the folder's mode is %v", err, folder.Mode())
	}
	list := b.monitor("reports")
	if list.code != 0 || !strings.Contains(list.stdout, "rank 3/8") || !strings.Contains(list.stdout, "100 MiB  truly full  python3 train.py  "+filepath.Base(path)) {
		t.Errorf("reports: %+v", list)
	}
	var listed struct{ Reports []struct{ Report oomReport } }
	if err := json.Unmarshal([]byte(b.monitor("reports", "--json").stdout), &listed); err != nil || len(listed.Reports) != 1 || listed.Reports[0].Report.Asked != r.Asked {
		t.Errorf("reports --json: %v %+v", err, listed)
	}
	if once := b.monitor("open", "--once", path); !strings.Contains(once.stdout, "Out of memory: truly full") || !strings.Contains(once.stdout, "train.py:8 grow") {
		t.Errorf("open --once: %+v", once)
	}
}

func TestOOMVerdicts(t *testing.T) {
	// Each of 16 segments of 100 MiB has a tensor of 70 in it.
	const holes = `
keep = []
for i in range(16):
    x = torch.empty(100 << 20, dtype=torch.uint8, device="cuda")
    del x
    keep.append(torch.empty(70 << 20, dtype=torch.uint8, device="cuda"))
`
	for _, c := range []struct {
		name, verdict, says string
		script              string
	}{
		{"stranded", "stranded", "fragmentation is the likely cause", holes + `
torch.empty(450 << 20, dtype=torch.uint8, device="cuda")`},
		{"more than there is", "too_big", "larger than the whole GPU", `
torch.empty(5 << 30, dtype=torch.uint8, device="cuda")`},
		{"cap", "cap", "set_per_process_memory_fraction", `
torch.cuda.set_per_process_memory_fraction(0.25)
x = torch.empty(300 << 20, dtype=torch.uint8, device="cuda")
torch.empty(300 << 20, dtype=torch.uint8, device="cuda")`},
		{"other stream", "other_pool", "blocks never change streams", `
with torch.cuda.stream(torch.cuda.Stream()):
    x = torch.empty(1200 << 20, dtype=torch.uint8, device="cuda")
    del x
    keep = torch.empty(20 << 20, dtype=torch.uint8, device="cuda")
torch.empty(1000 << 20, dtype=torch.uint8, device="cuda")`},
		{"private pool", "other_pool", "a CUDA graph's or MemPool's", `
pool = torch.cuda.MemPool()
with torch.cuda.use_mem_pool(pool):
    x = torch.empty(900 << 20, dtype=torch.uint8, device="cuda")
del x
torch.empty(850 << 20, dtype=torch.uint8, device="cuda")`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newOOMBench(t, "GFT_FAKE_TOTAL_MIB=2000")
			if got := b.python(true, c.script); got.code != 1 || !strings.Contains(got.stderr, "OutOfMemoryError") {
				t.Fatalf("%+v", got)
			}
			r := b.only().Report
			if r.Verdict != c.verdict || !strings.Contains(strings.Join(r.Lines, "\n"), c.says) {
				t.Errorf("verdict %q, want %q: %s", r.Verdict, c.verdict, strings.Join(r.Lines, "\n"))
			}
		})
	}
}

// No call to the driver is refused by a cap of PyTorch's own, and a program may
// run into it with its first allocations: the agent has looked for PyTorch by
// then, or does before PyTorch gives up.
func TestOOMOfACapAtOnce(t *testing.T) {
	for _, c := range []struct{ name, script string }{
		{"growing", `
keep = []
while True:
    keep.append(torch.empty(300 << 20, dtype=torch.uint8, device="cuda"))`},
		{"the first request", `
torch.empty(1 << 30, dtype=torch.uint8, device="cuda")`},
		{"in a thread of PyTorch's", `
x = torch.empty(200 << 18, device="cuda", requires_grad=True)
(x * x).exp().sum().backward()`},
		{"others contend for both locks", `
import threading
def look():
    while True:
        torch.cuda.memory_stats()
        sum(range(1000))
for i in range(3):
    threading.Thread(target=look, daemon=True).start()
keep = []
while True:
    keep.append(torch.empty(300 << 20, dtype=torch.uint8, device="cuda"))`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newOOMBench(t, "GFT_FAKE_TOTAL_MIB=8000")
			if got := b.python(true, "torch.cuda.set_per_process_memory_fraction(0.1)\n"+c.script); got.code != 1 || !strings.Contains(got.stderr, "OutOfMemoryError") {
				t.Fatalf("%+v", got)
			}
			if r := b.only().Report; r.Verdict != "cap" || r.Call != nil || r.NoMap != nil {
				t.Errorf("%+v", r)
			}
		})
	}
}

// A backward pass allocates in a thread of PyTorch's own, which runs no Python.
func TestOOMInABackwardPass(t *testing.T) {
	b := newOOMBench(t, "GFT_FAKE_TOTAL_MIB=2000")
	got := b.python(true, `
x = torch.empty(400 << 18, device="cuda", requires_grad=True)
keep = torch.empty(400 << 20, dtype=torch.uint8, device="cuda")
def backward():
    (x * x).exp().sum().backward()
backward()`)
	if got.code != 1 || !strings.Contains(got.stderr, "OutOfMemoryError") {
		t.Fatalf("%+v", got)
	}
	r := b.only().Report
	if !r.OtherThread || !strings.Contains(strings.Join(r.Stack, "\n"), "train.py:8 backward\n") {
		t.Errorf("the main thread's: %v, stack %q", r.OtherThread, r.Stack)
	}
}

// Where a map would copy the program's history there is none, and the counters
// say what they can.
func TestOOMWithHistoryOn(t *testing.T) {
	b := newOOMBench(t, "GFT_FAKE_TOTAL_MIB=2000")
	if got := b.python(true, "torch.cuda.memory._record_memory_history()\n"+dies); got.code != 1 {
		t.Fatalf("%+v", got)
	}
	shot := b.only()
	if r := shot.Report; r.NoMap == nil || !strings.Contains(*r.NoMap, "history") || r.Verdict != "too_big" || shot.Processes[0]["used_bytes"] == nil {
		t.Errorf("%+v", r)
	}
}

func TestOOMBecauseOfAnotherProcess(t *testing.T) {
	b := newOOMBench(t, "GFT_FAKE_TOTAL_MIB=8000")
	other := b.start(1)
	other.tell(fmt.Sprint("alloc ", 5000<<20))
	if got := b.python(true, `torch.empty(4000 << 20, dtype=torch.uint8, device="cuda")`); got.code != 1 {
		t.Fatalf("%+v", got)
	}
	if r := b.only().Report; r.Verdict != "other_processes" {
		t.Errorf("verdict %q: %v", r.Verdict, r.Lines)
	}
}

// A program that looks for its largest batch by running out of memory is not
// slowed down, and leaves one report.
func TestOOMLoopIsPaced(t *testing.T) {
	const script = `
import time
x = torch.empty(1 << 20, dtype=torch.uint8, device="cuda")
began, failed, first = time.monotonic(), 0, 0
for i in range(300):
    try:
        torch.empty(5 << 40, dtype=torch.uint8, device="cuda")
    except torch.cuda.OutOfMemoryError:
        failed += 1
print(failed, torch.cuda.memory_stats()["num_ooms"])
`
	b := newOOMBench(t)
	if bare, got := b.python(false, script), b.python(true, script); got != bare || got.stdout != "300 300\n" {
		t.Errorf("with us:\n%+v\nwithout:\n%+v", got, bare)
	}
	b.only()
}

func TestOOMIsShownLive(t *testing.T) {
	b := newOOMBench(t, "GFT_FAKE_TOTAL_MIB=2000")
	p := b.start(1)
	p.tell("init")
	p.tell(fmt.Sprint("alloc ", 1<<20))
	for range 5 {
		p.send(fmt.Sprint("alloc ", 4<<30))
		if answer := p.answer(); answer["error"] != "OutOfMemoryError" {
			t.Fatalf("%v", answer)
		}
	}
	var events oomDocument
	deadline := time.Now().Add(hang)
	for told := 0; told < 5; {
		if time.Now().After(deadline) {
			t.Fatalf("of 5 errors, events tell %d: %+v", told, events.Events)
		}
		events = oomDocument{}
		got := b.monitor("--json", "-p", fmt.Sprint(p.pid()))
		if err := json.Unmarshal([]byte(got.stdout), &events); err != nil {
			t.Fatal(err)
		}
		told = 0
		for _, e := range events.Events {
			if e.Kind == "oom" {
				told++
				if _, more, found := strings.Cut(e.Text, "(and "); found {
					var n int
					fmt.Sscan(more, &n)
					told += n
				}
			}
		}
	}
	own := slices.IndexFunc(events.Events, func(e oomEvent) bool { return e.PID == p.pid() }) // others have events, too
	first := events.Events[own]
	if first.Asked == nil || *first.Asked != 4<<30 || first.DeviceFree == nil || first.Verdict == nil || *first.Verdict != "too_big" ||
		first.UUID != "GPU-67707566-7261-6774-6f70-2d66616b6500" || first.Report == nil || *first.Report != filepath.Base(b.reports()[0]) {
		t.Errorf("the first event: %+v", first)
	}
	if events.Report != nil {
		t.Errorf("a live node has a report: %+v", events.Report)
	}
	if code, words := p.quit(7); code != 7 || words != "" {
		t.Errorf("exit code %d, %q", code, words)
	}
}
