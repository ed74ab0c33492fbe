//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
)

// whatIf is the JSON of gpufragtop whatif, as far as it is looked at.
type whatIf struct {
	Schema     string
	TotalBytes *int64 `json:"total_bytes"`
	Trace      struct {
		Allocations    int
		ExactAddresses int  `json:"exact_addresses"`
		EndsAsRecorded bool `json:"ends_as_recorded"`
	}
	Settings []struct {
		Settings     string
		ReservedPeak int64 `json:"reserved_peak_bytes"`
		Reserved     int64 `json:"reserved_bytes"`
	}
}

// A running program is recorded for a moment and replayed: its own settings end
// with what it holds.
func TestWhatIfOfARunningProgram(t *testing.T) {
	for _, conf := range []string{"", "expandable_segments:True"} {
		t.Run(conf, func(t *testing.T) {
			b := newBench(t, "PYTORCH_CUDA_ALLOC_CONF="+conf)
			p := b.start(5)
			p.tell("step 100")
			p.send("run 2500")
			got := b.monitor("whatif", fmt.Sprint(p.pid()), "--yes", "--for", "1s", "--set", "expandable_segments:True", "--set", "roundup_power2_divisions:4", "--json")
			p.answer()
			if got.code != 0 {
				t.Fatalf("exit code %d: %s", got.code, got.stderr)
			}
			var answer whatIf
			if err := json.Unmarshal([]byte(got.stdout), &answer); err != nil {
				t.Fatal(err)
			}
			tr := answer.Trace
			if answer.Schema != "gpufragtop-whatif/1" || len(answer.Settings) != 3 || answer.Settings[0].Settings != "recorded" || answer.TotalBytes == nil {
				t.Errorf("%s", tail(got.stdout, 1000))
			}
			// The blocks that are older than the recording are not all known exactly.
			if tr.Allocations < 100 || tr.ExactAddresses < tr.Allocations/2 {
				t.Errorf("%+v", tr)
			}
			if code, words := p.quit(0); code != 0 || words != "" {
				t.Errorf("exit code %d, standard error %q", code, words)
			}
		})
	}
}
