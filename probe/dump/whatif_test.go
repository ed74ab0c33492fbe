package dump

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

// What a recorded program would need under other settings is, to the byte, what
// PyTorch counted when it really ran under them.
func TestWhatIfOfRealSnapshots(t *testing.T) {
	settings := []struct{ name, text string }{
		{"expandable", "expandable_segments:True"},
		{"split128", "max_split_size_mb:128"},
		{"split32", "max_split_size_mb:32"},
		{"round4", "roundup_power2_divisions:4"},
	}
	for _, name := range []string{"train", "decode_server", "evaluate_between"} {
		snapshot, err := Read("testdata/" + name + ".default.pickle.gz")
		if err != nil {
			t.Fatal(err)
		}
		var asked []string
		for _, s := range settings {
			asked = append(asked, s.text)
		}
		for _, total := range []int64{0, 80 << 30} {
			c, err := whatif.Compare(&snapshot.Processes[0], asked, total)
			if err != nil {
				t.Fatal(err)
			}
			if r := c.Report; r.Exact != r.Allocations || !r.Final || r.Cut {
				t.Errorf("%s: %+v", name, r)
			}
			equalCounted(t, name, "default", &c.Answers[0])
			for i, s := range settings {
				equalCounted(t, name, s.name, &c.Answers[i+1])
			}
		}
	}
}

func TestASnapshotRecordedWithExpandableSegmentsIsReplayed(t *testing.T) {
	snapshot, err := Read("testdata/decode_server.recorded_expandable.pickle.gz")
	if err != nil {
		t.Fatal(err)
	}
	c, err := whatif.Compare(&snapshot.Processes[0], []string{"expandable_segments:False", "max_split_size_mb:32"}, 80<<30)
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Report; r.Exact != r.Allocations || !r.Final {
		t.Errorf("%+v", r)
	}
	equalCounted(t, "decode_server", "recorded_expandable", &c.Answers[0])
	equalCounted(t, "decode_server", "default", &c.Answers[1])
	equalCounted(t, "decode_server", "split32", &c.Answers[2])
}

func equalCounted(t *testing.T, program, setting string, a *whatif.Answer) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + program + "." + setting + ".stats.json")
	if err != nil {
		t.Fatal(err)
	}
	var counted struct{ Stats map[string]int64 }
	if err := json.Unmarshal(data, &counted); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]int64{
		"reserved_bytes.all.peak":     a.Reserved.Peak,
		"reserved_bytes.all.current":  a.Reserved.Current,
		"allocated_bytes.all.peak":    a.Allocated.Peak,
		"allocated_bytes.all.current": a.Allocated.Current,
		"active_bytes.all.peak":       a.Active.Peak,
		"requested_bytes.all.current": a.Requested.Current,
		"segment.all.current":         a.Segments.Current,
		"num_device_alloc":            a.DeviceAllocs,
		"num_device_free":             a.DeviceFrees,
		"num_alloc_retries":           a.Retries,
		"num_ooms":                    a.OOMs,
	} {
		if got != counted.Stats[name] {
			t.Errorf("%s under %s (%s): %s is %d, PyTorch counted %d", program, setting, a.Settings, name, got, counted.Stats[name])
		}
	}
}
