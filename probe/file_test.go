package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
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
