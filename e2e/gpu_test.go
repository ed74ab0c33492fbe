//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// The programs of e2e/gpu/check run wherever a GPU is at hand, which is
// seldom: here they are held to the stand-ins, so that a run there is not
// spent on their own faults. What they measure means nothing here.
func TestStepsOfTheGPUCheckRunOnStandIns(t *testing.T) {
	b := newBench(t, "GPUFRAGTOP_CHECK_MS=600")
	facts := filepath.Join(t.TempDir(), "facts.json")
	for _, c := range []struct {
		script string
		says   []string
	}{
		{"pytorch_truth.py", []string{"20 of 20 moments equal PyTorch's counters", "fits_now_bytes", "no context was made: 1 on 1 devices", "ends as without us"}},
		{"harm.py", []string{"refused under graph capture", "ends and replays", "step time before", "1 of 2 ranks released: ['done']", "2 of 2 ranks released: ['done', 'done']"}},
		{"faults.py", []string{"is gone from the screen", "its memory is back", "the program goes on", "a stopped program is not released"}},
	} {
		t.Run(c.script, func(t *testing.T) {
			got := invokeCommand(t, b.env, b.py, "-W", "ignore", filepath.Join("gpu", c.script), binary, facts)
			if got.code != 0 || strings.Contains(got.stdout, "FAIL") {
				t.Errorf("exit code %d:\n%s\n%s", got.code, got.stdout, got.stderr)
			}
			for _, words := range c.says {
				if !strings.Contains(got.stdout, words) {
					t.Errorf("nothing says %q:\n%s", words, got.stdout)
				}
			}
		})
	}
	// On a machine without a GPU every step is named, and skipped.
	got := invokeCommand(t, []string{"PATH=/usr/bin:/bin"}, "gpu/check", binary, t.TempDir())
	if got.code != 0 || strings.Count(got.stdout, "SKIP") != 9 {
		t.Errorf("without a GPU: exit code %d\n%s", got.code, got.stdout)
	}
}
