package document

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

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
		User:  "alice", UID: 1000, Command: "python train.py", Job: "rank 0/8", GPUMemory: fragcalc.Of[int64](30 << 20),
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

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func TestSchema(t *testing.T) {
	schema := compiledSchema(t)
	for name, document := range map[string][]byte{
		"empty node":  encode(t, &fragcalc.Snapshot{}, Options{}),
		"all known":   encode(t, node(measured()), Options{}),
		"all unknown": encode(t, &fragcalc.Snapshot{GPUs: []fragcalc.GPU{{UUID: uuid}}, Processes: []fragcalc.Process{unknown()}}, Options{}),
		"detail":      encode(t, node(measured(), unknown()), Options{Detail: true}),
	} {
		parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(parsed); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every key of every row is required: a document without one must fail.
func TestSchemaRequiresEveryKey(t *testing.T) {
	schema := compiledSchema(t)
	var document map[string]any
	if err := json.Unmarshal(encode(t, node(measured()), Options{}), &document); err != nil {
		t.Fatal(err)
	}
	process := document["processes"].([]any)[0].(map[string]any)
	for _, object := range []map[string]any{document, document["gpus"].([]any)[0].(map[string]any), process, process["pools"].([]any)[0].(map[string]any)} {
		for key, value := range object {
			delete(object, key)
			if schema.Validate(document) == nil {
				t.Errorf("a document without %q passes", key)
			}
			object[key] = value
		}
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

func TestHostileStringsAreEscaped(t *testing.T) {
	p := unknown()
	p.Command = "a\x1b]0;x\x07\u009b31m\u202e\u2028\x7f\xff"
	out := string(encode(t, node(p), Options{}))
	for _, r := range out {
		if r != '\n' && (r < 0x20 || r >= 0x7f && r <= 0x9f || r == '\u202e' || r == '\u2028') {
			t.Errorf("%U went through", r)
		}
	}
	if !json.Valid([]byte(out)) {
		t.Error("no valid JSON")
	}
}

func TestRelease(t *testing.T) {
	var out bytes.Buffer
	err := EncodeRelease(&out, fragcalc.ReleaseOutcome{Target: fragcalc.ProcessID{PID: 42}, Status: fragcalc.ReleaseDone, Took: 84 * time.Millisecond,
		GPUs: []fragcalc.ReleasedGPU{{GPUUUID: uuid, Estimate: fragcalc.Of[int64](10), Before: fragcalc.Of[int64](30), After: fragcalc.Of[int64](20)}}})
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"schema":"gpufragtop-release/1","pid":42,"status":"done","reason":null,"took_ms":84,"hold_ms":0,`+
		`"gpus":[{"gpu_uuid":"%s","estimate_bytes":10,"before_bytes":30,"after_bytes":20,"released_bytes":10}]}`, uuid)
	if strings.TrimSpace(out.String()) != want {
		t.Errorf("got  %s\nwant %s", out.String(), want)
	}
}
