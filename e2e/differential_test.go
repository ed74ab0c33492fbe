//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
	"github.com/gpufragtop/gpufragtop/probe/dump"
)

// differentialEach is how many random programs each group runs. The
// environment variable GPUFRAGTOP_E2E_PROGRAMS asks for more.
const differentialEach = 18

// groups are the settings and devices that random programs run under.
var groups = []struct {
	name, settings string
	total          int64 // MiB; 0 = more than any of them needs
	args           []string
	fraction       string
}{
	{name: "default"},
	{name: "small device", total: 300},
	{name: "smaller device", total: 160},
	{name: "pools", args: []string{"--pools"}},
	{name: "split limit", settings: "max_split_size_mb:32"},
	{name: "split limit on a small device", settings: "max_split_size_mb:24", total: 400},
	{name: "rounding", settings: "roundup_power2_divisions:4"},
	{name: "rounding by size on a small device", settings: "roundup_power2_divisions:[1:2,4:8,16:1,>:4]", total: 400},
	{name: "expandable", settings: "expandable_segments:True"},
	{name: "expandable on a small device", settings: "expandable_segments:True", total: 300},
	{name: "expandable and rounding", settings: "expandable_segments:True,roundup_power2_divisions:8", total: 400},
	{name: "a fraction", total: 800, fraction: "0.4"},
	{name: "garbage collection", settings: "garbage_collection_threshold:0.6", total: 500, fraction: "0.8"},
}

// Random programs on the real allocator, replayed by the model: every address,
// every segment that is got or given back, and every block at the end.
func TestModelEqualsTheRealAllocator(t *testing.T) {
	each := differentialEach
	if text := os.Getenv("GPUFRAGTOP_E2E_PROGRAMS"); text != "" {
		if _, err := fmt.Sscan(text, &each); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	programs, allocations, retries, ooms := 0, 0, int64(0), int64(0)
	t.Run("groups", func(t *testing.T) {
		for i, g := range groups {
			t.Run(g.name, func(t *testing.T) {
				t.Parallel()
				args := g.args
				if g.fraction != "" {
					args = append(args, "--fraction", g.fraction)
				}
				first := i * 1_000_000
				folder := realPrograms(t, first, each, g.settings, g.total, args...)
				for seed := first; seed < first+each; seed++ {
					path := filepath.Join(folder, fmt.Sprint(seed))
					row, truth := realProgram(t, path)
					r := sameAsRecorded(t, path, row, truth, g.total, g.settings, g.fraction)
					mu.Lock()
					programs++
					allocations += r.Allocations
					retries += truth["num_alloc_retries"]
					ooms += truth["num_ooms"]
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%d programs, %d allocations, %d retries, %d out-of-memory errors", programs, allocations, retries, ooms)
	if retries == 0 || ooms == 0 {
		t.Error("no device was ever full")
	}
}

// realPrograms runs differential.py and returns the folder of its files.
func realPrograms(t *testing.T, first, count int, settings string, total int64, args ...string) string {
	t.Helper()
	env := []string{"GFT_FAKE_CONTEXT_MIB=0"}
	if settings != "" {
		env = append(env, "PYTORCH_CUDA_ALLOC_CONF="+settings)
	}
	if total > 0 {
		env = append(env, fmt.Sprint("GFT_FAKE_TOTAL_MIB=", total))
	}
	b := newBench(t, env...)
	folder := t.TempDir()
	command := exec.Command(b.py, append([]string{"torch/differential.py", folder, fmt.Sprint(first), fmt.Sprint(count)}, args...)...)
	command.Env = b.env
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("differential.py: %v: %s", err, out)
	}
	return folder
}

// realProgram reads what one program left: its row, and PyTorch's counters.
func realProgram(t *testing.T, path string) (*fragcalc.Process, map[string]int64) {
	t.Helper()
	text, err := os.ReadFile(path + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Stats    map[string]int64
		Releases int64 // that the program asked for and that returned memory
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	snapshot, err := dump.Read(path + ".pickle")
	if err != nil {
		t.Fatal(err)
	}
	if len(snapshot.Processes) != 1 {
		t.Fatalf("%s has %d rows", path, len(snapshot.Processes))
	}
	answer.Stats["releases"] = answer.Releases
	return &snapshot.Processes[0], answer.Stats
}

// sameAsRecorded checks the recorded settings' answer, as the recording tells it
// and, on a device of a known size, as the model alone does.
func sameAsRecorded(t *testing.T, path string, row *fragcalc.Process, truth map[string]int64, total int64, settings, fraction string) whatif.Report {
	t.Helper()
	config, err := whatif.ParseConfig(settings)
	if err != nil {
		t.Fatal(err)
	}
	p, err := whatif.Recover(row.Trace, row.Pools, config, total<<20)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if r := p.Report; r.Exact != r.Allocations || r.FirstMiss >= 0 || !r.Final || r.Older != 0 {
		t.Errorf("%s: %+v", path, r)
		keep(t, path)
	}
	recorded := p.Recorded
	if truth["releases"] > 0 || strings.Contains(settings, "max_split") || strings.Contains(settings, "expandable") {
		// A trace cannot always tell explicit releases, and those of single
		// blocks, from an allocation's last attempt. The model alone can: below.
		recorded.Retries = truth["num_alloc_retries"]
	}
	compareStats(t, path+" as recorded", &recorded, truth)
	if fraction != "" {
		settings += ",per_process_memory_fraction:" + fraction
	}
	// A trace cannot tell a program's own releases from those of its allocator.
	certain := truth["releases"] == 0
	if total > 0 && truth["num_ooms"] == 0 && certain {
		alone, err := whatif.Compare(row, []string{trimComma(settings)}, total<<20)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		result := alone.Answers[1].Result
		compareStats(t, path+" alone", &result, truth)
	}
	return p.Report
}

func trimComma(text string) string {
	if text != "" && text[0] == ',' {
		return text[1:]
	}
	return text
}

func compareStats(t *testing.T, path string, r *whatif.Result, truth map[string]int64) {
	t.Helper()
	for name, got := range map[string]int64{
		"reserved_bytes.all.current":  r.Reserved.Current,
		"reserved_bytes.all.peak":     r.Reserved.Peak,
		"allocated_bytes.all.current": r.Allocated.Current,
		"allocated_bytes.all.peak":    r.Allocated.Peak,
		"active_bytes.all.peak":       r.Active.Peak,
		"num_alloc_retries":           r.Retries,
		"num_ooms":                    r.OOMs,
		"num_device_alloc":            r.DeviceAllocs,
		"num_device_free":             r.DeviceFrees,
	} {
		if got != truth[name] {
			t.Errorf("%s: %s is %d, PyTorch says %d", path, name, got, truth[name])
		}
	}
}

// keep leaves the files of a program that differs for a closer look.
func keep(t *testing.T, path string) {
	t.Helper()
	folder := os.Getenv("GPUFRAGTOP_E2E_KEEP")
	if folder == "" {
		return
	}
	for _, kind := range []string{".json", ".pickle"} {
		data, err := os.ReadFile(path + kind)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, filepath.Base(path)+kind), data, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// What a program would have needed under other settings is what it needs when
// it really runs under them.
func TestWhatIfEqualsReallyDoingIt(t *testing.T) {
	const each = 12
	recorded := realPrograms(t, 1, each, "", 0, "--plain")
	for _, settings := range []string{"expandable_segments:True", "max_split_size_mb:32", "roundup_power2_divisions:4", "max_split_size_mb:64,roundup_power2_divisions:8"} {
		for _, total := range []int64{0, 600} {
			t.Run(fmt.Sprintf("%s on %d MiB", settings, total), func(t *testing.T) {
				t.Parallel()
				really := realPrograms(t, 1, each, settings, total, "--plain")
				for seed := 1; seed <= each; seed++ {
					row, _ := realProgram(t, filepath.Join(recorded, fmt.Sprint(seed)))
					_, truth := realProgram(t, filepath.Join(really, fmt.Sprint(seed)))
					c, err := whatif.Compare(row, []string{settings}, total<<20)
					if err != nil {
						t.Fatal(err)
					}
					if truth["num_ooms"] > 0 { // it went on; the replay ends there
						if c.Answers[1].OOM == nil {
							t.Errorf("seed %d: PyTorch ran out of memory", seed)
						}
						continue
					}
					compareStats(t, fmt.Sprint("seed ", seed), &c.Answers[1].Result, truth)
				}
			})
		}
	}
}
