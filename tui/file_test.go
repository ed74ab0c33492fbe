package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// fileSnapshot is a snapshot as one is read from a file: no PID, no GPU that is
// known, and stacks.
func fileSnapshot(calls int) *fragcalc.Snapshot {
	const mib = 1 << 20
	var stack fragcalc.Stack
	for i := range calls {
		stack = append(stack, fragcalc.Frame{File: "/app/model.py", Line: 10 + i, Function: fmt.Sprintf("layer_%d", i)})
	}
	p := fragcalc.Process{
		RowID:        fragcalc.RowID{GPUUUID: "device-0"},
		UID:          -1,
		Command:      "train.pickle",
		Instrumented: true,
		Stacks:       fragcalc.Stacks{stack},
		Hook:         fragcalc.ReleaseHook{Reason: "read from a file"},
		Pools: []fragcalc.Pool{{Segments: []fragcalc.Segment{{Address: 0x7f0000000000, Size: 20 * mib, Blocks: []fragcalc.Block{
			{Address: 0x7f0000000000, Size: 4 * mib, Requested: 4 * mib, State: fragcalc.BlockUsed, Stack: 1},
			{Address: 0x7f0000400000, Size: 16 * mib},
		}}}}},
	}
	p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	return &fragcalc.Snapshot{From: "train.pickle", GPUs: []fragcalc.GPU{{UUID: "device-0"}}, Processes: []fragcalc.Process{p}}
}

func TestAFileIsNamedWhereANodeWouldBe(t *testing.T) {
	d := newDriver(t, 120, 40).sample(fileSnapshot(3))
	title := d.screen()[0]
	if !strings.Contains(title, "train.pickle") || strings.Contains(title, "live") || !strings.Contains(title, "file") {
		t.Errorf("title %q", title)
	}
	d.keys("r")
	d.shows("device-0 cannot be released: this was read from a file")
	d.keys("enter")
	if title := d.screen()[0]; !strings.Contains(title, "train.pickle") || !strings.Contains(title, "device-0") {
		t.Errorf("title of the process %q", title)
	}
	for _, line := range d.screen() {
		if strings.HasPrefix(line, " 0 ") || strings.Contains(line, " 0: ") {
			t.Errorf("a PID that is not known is shown: %q", line)
		}
	}
}

func TestTheBlockShowsWhoAllocatedIt(t *testing.T) {
	down := []string{"enter", "enter", "enter", "enter"}
	d := newDriver(t, 120, 40).sample(fileSnapshot(3))
	d.keys(down...)
	d.keys("g")
	d.shows("allocated by    model.py:10 layer_0", "model.py:12 layer_2  /app")
	d.keys("j")
	d.shows("allocated by    nobody: it is free")

	// As many calls as fit, and how many there are more.
	d = newDriver(t, 80, 24).sample(fileSnapshot(200))
	d.keys(down...)
	d.keys("g")
	shown := 0
	for _, line := range d.screen() {
		if strings.HasPrefix(line, "   model.py:") {
			shown++
		}
	}
	if shown == 0 {
		t.Fatalf("no call is shown:\n%s", strings.Join(d.screen(), "\n"))
	}
	d.shows(fmt.Sprintf("and %d more calls", 200-shown))
	d.keys("pgdown")
	d.shows(fmt.Sprintf("and %d more calls", 200-2*shown+1)) // a line stays
	for range 200 {
		d.keys("pgdown")
	}
	d.shows("model.py:209 layer_199", "the outermost call")
	d.keys("ctrl+u")
	d.hides("the outermost call")
}
