package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/document"
)

const recorded = "dump/testdata/train.default.pickle.gz"

func TestAFileAlwaysShowsTheSame(t *testing.T) {
	file, err := OpenFile(recorded, Options{Version: "1.2"})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	shot := file.Sample(context.Background())
	if shot != file.SampleFresh(context.Background()) || shot.Version != "1.2" || shot.From != filepath.Base(recorded) {
		t.Errorf("version %q, from %q", shot.Version, shot.From)
	}
	got := only(t, file, fragcalc.ProcessID{PID: 1})
	if got.Status == fragcalc.ReleaseDone || got.Reason != "read from a file" {
		t.Errorf("a file was released: %+v", got)
	}
	if _, err := OpenFile("dump/testdata/README.md", Options{}); err == nil {
		t.Error("a text was opened")
	}
}

// What is called a report and is none is a damaged one, not a strange snapshot;
// a snapshot may be called anything.
func TestADamagedReport(t *testing.T) {
	folder := t.TempDir()
	broken := filepath.Join(folder, "oom-1.report")
	for _, content := range []string{"", "x", "GFTOOM and then nothing that makes sense"} {
		if err := os.WriteFile(broken, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenFile(broken, Options{}); err == nil || !strings.HasPrefix(err.Error(), broken+" is a damaged report: ") || strings.Contains(err.Error(), "snapshot") {
			t.Errorf("%q: %v", content, err)
		}
	}
	if _, err := OpenFile(filepath.Join(folder, "none.report"), Options{}); err == nil || !strings.Contains(err.Error(), "no such file") || strings.Contains(err.Error(), "damaged") {
		t.Errorf("a missing one: %v", err)
	}
	snapshot, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, snapshot, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(broken, Options{}); err != nil {
		t.Errorf("a snapshot that is called a report: %v", err)
	}
}

func TestTheDocumentOfAFileFitsTheSchema(t *testing.T) {
	file, err := OpenFile(recorded, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := document.Encode(&out, file.Sample(context.Background()), document.Options{Detail: true}); err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(document.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(parsed); err != nil {
		t.Error(err)
	}
	var told struct {
		Processes []map[string]any
		Faults    []struct{ Field, Reason string }
	}
	if err := json.Unmarshal(out.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for _, f := range told.Faults {
		reasons[f.Field] = f.Reason
	}
	// What only a living process or a driver tells is null, never 0, and says why.
	for _, key := range []string{"pid", "start_ticks", "user", "gpu_memory_bytes", "slack_bytes", "active_peak_bytes", "fits_now_bytes", "alloc_retries", "ooms"} {
		if value, there := told.Processes[0][key]; !there || value != nil || reasons[key] == "" {
			t.Errorf("%s is %v, because %q", key, value, reasons[key])
		}
	}
}
