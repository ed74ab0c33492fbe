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
	at := epoch.Truncate(trendSpan / trendCells)
	push := func(after time.Duration, stranded fragcalc.Bytes) {
		seen.push(&fragcalc.Snapshot{At: at.Add(after), Processes: []fragcalc.Process{{RowID: row, Figures: fragcalc.Figures{Stranded: stranded}}}})
	}
	const bucket = trendSpan / trendCells
	push(0, fragcalc.Unknown[int64]("not yet"))
	if seen.of(row) != nil {
		t.Error("a trend of what was never known")
	}
	push(0, fragcalc.Of[int64](1))
	push(1, fragcalc.Of[int64](3))
	push(2, fragcalc.Of[int64](2))
	push(bucket, fragcalc.Of[int64](5))
	if got, want := seen.of(row), []float64{-1, -1, -1, -1, -1, -1, 3, 5}; !cmp.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	push(3*bucket, fragcalc.Unknown[int64]("busy"))
	if got, want := seen.of(row), []float64{-1, -1, -1, -1, 3, 5, -1, -1}; !cmp.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	push(1000*bucket, fragcalc.Of[int64](1))
	if got, want := seen.of(row), []float64{-1, -1, -1, -1, -1, -1, -1, 1}; !cmp.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	seen.push(&fragcalc.Snapshot{At: at})
	if seen.of(row) != nil {
		t.Error("the trend of a process that is gone")
	}
}
