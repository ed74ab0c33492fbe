package gpus

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/probe/nvmltest"
)

// Drivers that lack entry points cost the figures behind them. Each variant
// runs in a process of its own, which a call of a missing one would end.
func TestMissingEntryPoints(t *testing.T) {
	const gone = "(not told by this driver version)"
	tests := map[string]struct {
		flags []string
		want  string
	}{
		"memory v2": {[]string{"-DGFT_WITHOUT_MEMORY_V2"}, head + strings.NewReplacer("used=3000", "used=3512", "reserved=512", "reserved=(counted as used by this driver version)").Replace(line0+line1)},
		"power":     {[]string{"-DGFT_WITHOUT_POWER"}, head + strings.NewReplacer("=300000", "="+gone, "=300001", "="+gone).Replace(line0+line1)},
		"many": {[]string{"-DGFT_WITHOUT_UTILIZATION", "-DGFT_WITHOUT_MIG", "-DGFT_WITHOUT_MPS", "-DGFT_WITHOUT_PROCESSES_V3"},
			head + strings.ReplaceAll(line0+line1, "util=97", "util="+gone)},
		"R535": {[]string{"-DGFT_R535"}, strings.Replace(head, "555.42", "535.54.03", 1) +
			strings.NewReplacer(" 101:1000 102:2000\n", " LIMIT\n", " 102:3000\n", " LIMIT\n").Replace(line0+line1)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			library, err := nvmltest.Build(t.TempDir(), test.flags...)
			if err != nil {
				t.Fatal(err)
			}
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), "GFT_TEST_LIBRARY="+library, "GFT_FAKE_DEVICES=2", "GFT_FAKE_TOTAL_MIB=81920",
				"GFT_FAKE_RESERVED_MIB=512", "GFT_FAKE_PROCS=101:0:1000,102:0:2000,102:1:3000")
			out, err := child.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			want := strings.ReplaceAll(test.want, "LIMIT",
				"processes=(driver 535.54.03 reports processes in a layout that cannot be read safely: update it to 535.98 or newer)")
			if string(out) != want {
				t.Errorf("got\n%swant\n%s", out, want)
			}
		})
	}
}

func TestProcessRecordsDiffer(t *testing.T) {
	early := map[string]bool{"nvmlDeviceGetConfComputeMemSizeInfo": true}
	fixed := map[string]bool{"nvmlDeviceGetConfComputeMemSizeInfo": true, "nvmlDeviceGetRunningProcessDetailList": true}
	for _, test := range []struct {
		driver string
		has    map[string]bool
		want   bool
	}{
		{"535.54.03", early, true}, {"535.86.10", early, true}, {"535.98", early, false}, {"530.30.02", early, false},
		{"", early, true}, {"", fixed, false}, {"535.54.03", fixed, false}, {"470.1", nil, false},
	} {
		if got := processRecordsDiffer(test.driver, func(s string) bool { return test.has[s] }); got != test.want {
			t.Errorf("driver %q with %v: %v", test.driver, test.has, got)
		}
	}
}
