//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// ownOutcome is what release --json says of the program's own function.
func ownOutcome(t *testing.T, got result) (name string, bytes float64) {
	t.Helper()
	var outcome struct {
		Own struct {
			Name     string
			Released float64 `json:"released_bytes"`
		} `json:"own_release"`
	}
	if err := json.Unmarshal([]byte(got.stdout), &outcome); err != nil {
		t.Fatal(err)
	}
	return outcome.Own.Name, outcome.Own.Released
}

// What a function registered by ctypes gives to PyTorch's cache goes back to
// the driver with it, and the estimate knows it already.
func TestOwnReleaseFunctionInPython(t *testing.T) {
	b := newBench(t, "GPUFRAGTOP_RELEASE_INTERVAL_MS=0")
	p := b.start(1)
	p.tell("alloc 300000000")
	if p.tell("own on")["result"].(float64) != 0 {
		t.Fatal("not registered")
	}
	outcome, got := b.release(p)
	name, bytes := ownOutcome(t, got)
	if outcome.Status != "done" || name != "tensors by name" || bytes != 300000000 {
		t.Fatalf("%+v: %s: %v bytes: %s", outcome, name, bytes, got.stderr)
	}
	if gpu := outcome.GPUs[0]; *gpu.Before-*gpu.After < 300000000 || *gpu.Estimate != *gpu.Before-*gpu.After {
		t.Errorf("before %d, after %d, estimate %d", *gpu.Before, *gpu.After, *gpu.Estimate)
	}
	if calls := p.tell("own calls"); calls["calls"].(float64) != 1 || calls["main"] == true {
		t.Errorf("%v", calls)
	}
	var document struct{ Events []struct{ Text string } }
	if err := json.Unmarshal([]byte(b.monitor("--json").stdout), &document); err != nil {
		t.Fatal(err)
	}
	if text := document.Events[len(document.Events)-1].Text; !strings.Contains(text, "tensors by name says 286 MiB") {
		t.Errorf("audit line %q", text)
	}
	p.tell("own off")
	if outcome, got := b.release(p); outcome.Status != "done" || strings.Contains(got.stdout, "tensors by name") {
		t.Errorf("taken back, and yet %s", got.stdout)
	}
	if calls := p.tell("own calls"); calls["calls"].(float64) != 1 {
		t.Errorf("%v", calls)
	}
}

// The interpreter's end waits for a function that runs in it.
func TestProgramEndsDuringItsOwnReleaseFunction(t *testing.T) {
	b := newBench(t)
	p := b.start(1)
	p.tell("alloc 3000000")
	p.tell("own slow")
	w := watcher(t)
	p.id(w)
	outcomes := make(chan fragcalc.ReleaseOutcome, 1)
	go func() { outcomes <- releaseBy(t, w, p) }()
	for p.tell("own calls")["calls"].(float64) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	code, words := p.quit(3)
	if code != 3 || strings.TrimSpace(words) != "" {
		t.Errorf("exit code %d, standard error %q", code, words)
	}
	if got := <-outcomes; got.Status != fragcalc.ReleaseFailed && got.Status != fragcalc.ReleaseUnanswered || got.Reason == "" {
		t.Errorf("%s: %s", got.Status, got.Reason) // the framework was not released any more
	}
}
