package document

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

var update = flag.Bool("update", false, "write the golden file")

const uuid = "GPU-00000000-0000-0000-0000-000000000001"

// measured is a process of which everything is known.
func measured() fragcalc.Process {
	blocks := []fragcalc.Block{
		{Address: 0x7f0000000000, Size: 1 << 20, Requested: 1<<20 - 100, State: fragcalc.BlockUsed},
		{Address: 0x7f0000100000, Size: 512, Requested: 1, State: fragcalc.BlockPending},
		{Address: 0x7f0000100200, Size: 20<<20 - 1<<20 - 512},
	}
	pools := fragcalc.GroupPools([]fragcalc.WalkSegment{{
		PoolID:  fragcalc.PoolID{Stream: 0x55},
		Segment: fragcalc.Segment{Address: 0x7f0000000000, Size: 20 << 20, Blocks: blocks},
	}})
	p := fragcalc.Process{
		RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 42, StartTicks: 4711}, GPUUUID: uuid},
		User:  "alice", UID: 1000, Command: "python train.py", Job: "rank 0/8 slurm 4711",
		Where: fragcalc.Where{Kind: "slurm", ID: "4711.0", Name: "gpt", SlurmJob: "4711", SlurmStep: "0"},
		Task: fragcalc.Task{JobKind: "slurm", JobID: "4711.0", Rank: fragcalc.Of(0), World: fragcalc.Of(8),
			LocalRank: fragcalc.Of(0), LocalWorld: fragcalc.Of(2)},
		GPUMemory:    fragcalc.Of[int64](30 << 20),
		Instrumented: true, Framework: fragcalc.Framework{Name: "pytorch", Version: "2.6.0", Source: "page"},
		Settings:    fragcalc.AllocatorSettings{Text: "max_split_size_mb:128", Source: "page"},
		SnapshotAge: fragcalc.Of(1500 * time.Millisecond),
		ActivePeak:  fragcalc.Of[int64](2 << 20), ReservedPeak: fragcalc.Of[int64](20 << 20),
		AllocRetries: fragcalc.Of[int64](1), OOMs: fragcalc.Of[int64](0), Pools: pools,
		Watching: fragcalc.Watching{Share: fragcalc.Of(0.0003), WorstHold: fragcalc.Of(800 * time.Microsecond), NextHold: fragcalc.Of(time.Millisecond)},
		Hook:     fragcalc.ReleaseHook{Available: true},
	}
	p.Figures = fragcalc.Measure(pools, p.Settings)
	p.Fit(pools, p.Settings, fragcalc.Room{DeviceFree: fragcalc.Of[int64](50 << 20)})
	p.Against(p.GPUMemory, p.ActivePeak)
	return p
}

func node(processes ...fragcalc.Process) *fragcalc.Snapshot {
	gpu := fragcalc.GPU{UUID: uuid, Name: "NVIDIA H100 80GB HBM3", MemoryTotal: fragcalc.Of[int64](80 << 30),
		MemoryUsed: fragcalc.Of[int64](30 << 20), MemoryFree: fragcalc.Of[int64](50 << 20), MemoryDriverReserved: fragcalc.Of[int64](1 << 20),
		Utilization: fragcalc.Of(97), Temperature: fragcalc.Of(63), Power: fragcalc.Of(350000)}
	return &fragcalc.Snapshot{
		At: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Host: "node17", Version: "1.0.0", Driver: "580.1", CUDA: "13.0",
		GPUs: []fragcalc.GPU{gpu}, Processes: processes,
		Events: []fragcalc.Event{{At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Scope: fragcalc.ScopeProcess, PID: 42, GPUUUID: uuid, Kind: "release", Text: "released"}},
	}
}

// unknown is a process of which nothing is known.
func unknown() fragcalc.Process {
	return fragcalc.Process{RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 43}, GPUUUID: uuid}, UID: -1,
		Figures: fragcalc.UnknownFigures("not instrumented"), Hook: fragcalc.ReleaseHook{Reason: "not instrumented"}}
}

func encode(t *testing.T, s *fragcalc.Snapshot, o Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Encode(&out, s, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGolden(t *testing.T) {
	got := encode(t, node(measured(), unknown()), Options{Detail: true, Indent: true})
	const golden = "testdata/node.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the document differs from %s; look at it after go test -update", golden)
	}
}

// Every null of a row has its entry in faults.
func TestEveryNullHasAFault(t *testing.T) {
	var document struct {
		GPUs, Processes []map[string]any
		Faults          []struct{ Field, Reason string }
	}
	s := &fragcalc.Snapshot{GPUs: []fragcalc.GPU{{UUID: uuid}}, Processes: []fragcalc.Process{unknown()}}
	if err := json.Unmarshal(encode(t, s, Options{}), &document); err != nil {
		t.Fatal(err)
	}
	faults := map[string]string{}
	for _, f := range document.Faults {
		faults[f.Field] = f.Reason
	}
	nulls := 0
	for _, row := range append(document.GPUs, document.Processes...) {
		for key, value := range row {
			if value != nil {
				continue
			}
			nulls++
			if faults[key] == "" {
				t.Errorf("%s is null without a fault", key)
			}
		}
	}
	if nulls < 30 {
		t.Errorf("only %d nulls in an unknown node", nulls)
	}
	if faults["stranded_bytes"] != "not instrumented" {
		t.Errorf("stranded_bytes: %q", faults["stranded_bytes"])
	}
}

// What the snapshot says of a figure itself is not said twice.
func TestAFaultIsToldOnce(t *testing.T) {
	s := node(unknown())
	s.Faults = []fragcalc.Fault{{Scope: fragcalc.ScopeProcess, GPUUUID: uuid, PID: 43, Field: "used_bytes", Reason: "the page is damaged"}}
	var document struct {
		Faults []struct{ Field, Reason string }
	}
	if err := json.Unmarshal(encode(t, s, Options{}), &document); err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, f := range document.Faults {
		if f.Field == "used_bytes" {
			told++
			if f.Reason != "the page is damaged" {
				t.Errorf("the reason is %q", f.Reason)
			}
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}
