package tui

import (
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

func TestGPUMemoryCloses(t *testing.T) {
	s := testNode(3, 4, 23)
	for i := range s.GPUs {
		m := memoryOf(&s.GPUs[i], s.Processes)
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
		m := memoryOf(&gpu, []fragcalc.Process{test.figure})
		if got := m.sizes.of(test.state); got != test.want {
			t.Errorf("%s: %d, want %d (%v)", test.name, got, test.want, m.sizes)
		}
		if m.sizes.of(paint.Free) != 60 {
			t.Errorf("%s: free %d", test.name, m.sizes.of(paint.Free))
		}
	}
}
