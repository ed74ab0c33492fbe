package tui

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestTrends(t *testing.T) {
	row := fragcalc.RowID{GPUUUID: "G"}
	seen := newTrends()
	cell := trendWindow.Span() / trendCells
	at := epoch.Truncate(cell)
	push := func(after time.Duration, stranded fragcalc.Bytes) {
		seen.Push(&fragcalc.Snapshot{At: at.Add(after), GPUs: []fragcalc.GPU{{UUID: "G"}},
			Processes: []fragcalc.Process{{RowID: row, Figures: fragcalc.Figures{Stranded: stranded}}}})
	}
	check := func(want ...float64) {
		t.Helper()
		for name, got := range map[string][]float64{"row": seen.of(row), "GPU": seen.ofGPU("G")} {
			if !cmp.Equal(got, want) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	}
	push(0, fragcalc.Unknown[int64]("not yet"))
	check()
	push(0, fragcalc.Of[int64](1))
	push(1, fragcalc.Of[int64](3))
	push(2, fragcalc.Of[int64](2))
	push(cell, fragcalc.Of[int64](5))
	check(-1, -1, -1, -1, -1, -1, 3, 5)
	push(cell+cell/2, fragcalc.Unknown[int64]("busy"))
	push(2*cell, fragcalc.Unknown[int64]("busy"))
	check(-1, -1, -1, -1, -1, 3, 5, -1)
	push(1000*cell, fragcalc.Of[int64](1))
	check(-1, -1, -1, -1, -1, -1, -1, 1)
}
