package tui

import (
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

func TestGPUMemoryCloses(t *testing.T) {
	s := testNode(3, 4, 23)
	for i := range s.GPUs {
		m := memoryOf(&s.GPUs[i], s.Processes, true)
		if got, want := m.sizes.total(), s.GPUs[i].MemoryTotal.Or(0); got != want {
			t.Errorf("GPU %d: the parts are %d, the whole is %d", i, got, want)
		}
	}
}

func TestUnchargedMemoryIsUnseen(t *testing.T) {
	gpu := fragcalc.GPU{UUID: "G", MemoryTotal: fragcalc.Of[int64](100), MemoryUsed: fragcalc.Of[int64](40)}
	row := fragcalc.RowID{GPUUUID: "G"}
	for _, test := range []struct {
		name   string
		figure fragcalc.Process
		state  paint.Role
		want   int64
	}{
		{"charged, not instrumented", fragcalc.Process{RowID: row, GPUMemory: fragcalc.Of[int64](30)}, paint.Unseen, 30},
		{"not charged", fragcalc.Process{RowID: row}, paint.Unseen, 40},
		{"parts not told", fragcalc.Process{RowID: row, Figures: fragcalc.Figures{
			Reserved: fragcalc.Of[int64](20), Used: fragcalc.Of[int64](15)}}, paint.Unseen, 5},
		{"nobody there", fragcalc.Process{}, paint.Other, 40},
		{"more than there is", fragcalc.Process{RowID: row, GPUMemory: fragcalc.Of[int64](50)}, paint.Other, 0},
	} {
		m := memoryOf(&gpu, []fragcalc.Process{test.figure}, true)
		if got := m.sizes.of(test.state); got != test.want {
			t.Errorf("%s: %d, want %d (%v)", test.name, got, test.want, m.sizes)
		}
		if m.sizes.of(paint.Free) != 60 {
			t.Errorf("%s: free %d", test.name, m.sizes.of(paint.Free))
		}
	}
}

// Where the processes of a device cannot be listed, what it holds may be theirs.
func TestWithoutAListOfProcessesNothingIsZero(t *testing.T) {
	s := testNode(1, 1, 0)
	s.GPUs[0].MemoryUsed = fragcalc.Of[int64](10 * gib)
	l := newDriver(t, 120, 40).app.world.look
	shown := func() (used, other, unseen string) {
		row := newGPURow(s.GPUs[0], s, 0)
		used, _ = row.memory.text(l, []paint.Role{paint.Used})
		other, _ = row.memory.text(l, []paint.Role{paint.Other})
		unseen, _ = row.memory.text(l, []paint.Role{paint.Unseen})
		return used, other, unseen
	}
	if used, other, unseen := shown(); used != "0" || other != "10.0G" || unseen != "0" {
		t.Errorf("no process: used %s, other %s, unseen %s", used, other, unseen)
	}
	for _, fault := range []fragcalc.Fault{
		{Scope: fragcalc.ScopeGPU, GPUUUID: s.GPUs[0].UUID, Field: "processes", Reason: "denied"},
		{Scope: fragcalc.ScopeNode, Field: "processes", Reason: "in a container"},
	} {
		s.Faults = []fragcalc.Fault{fault}
		if used, other, unseen := shown(); used != "–" || other != "0" || unseen != "10.0G" {
			t.Errorf("not listed: used %s, other %s, unseen %s", used, other, unseen)
		}
	}
}
