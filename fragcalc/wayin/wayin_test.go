package wayin

import (
	"slices"
	"strings"
	"testing"
)

var mixed = Report{Findings: []Finding{
	{Level: OK, Topic: "rights", What: "all is seen"},
	{Level: Hint, Topic: "ptrace", What: "a hint", Why: "because", Do: "sysctl x"},
	{Level: Problem, Topic: "nvml", What: "no driver"},
}, Line: "gpufragtop run -- x"}

func TestProblemsComeFirstAndBlock(t *testing.T) {
	var order []string
	for _, f := range mixed.Worst() {
		order = append(order, f.Topic)
	}
	if !slices.Equal(order, []string{"nvml", "ptrace"}) {
		t.Errorf("%v", order)
	}
	if !mixed.Blocked() {
		t.Error("a problem does not block")
	}
	mixed := Report{Findings: mixed.Findings[:2]}
	if mixed.Blocked() {
		t.Error("a hint blocks")
	}
}

func TestLines(t *testing.T) {
	want := `ok       all is seen
hint     a hint
         because
         > sysctl x
problem  no driver

gpufragtop run -- x`
	if got := strings.Join(mixed.Lines(), "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestRunLine(t *testing.T) {
	if got := RunLine("python a.py"); got != "gpufragtop run -- python a.py" {
		t.Error(got)
	}
	if got := RunLine(""); !strings.Contains(got, "<") {
		t.Errorf("of an unknown command: %q", got)
	}
	for name, want := range map[string]bool{"": true, "pytorch": true, "cuda": true, "jax": false, "tensorflow": false, "cupy": false} {
		if Supported(name) != want {
			t.Errorf("%q supported: %t", name, !want)
		}
	}
}
