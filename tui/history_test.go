package tui

import (
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestTheLastHourIsKeptAndNoMore(t *testing.T) {
	row := fragcalc.RowID{GPUUUID: "G"}
	seen := newTrends()
	at := epoch.Truncate(historySpan)
	for second := range 2 * 3600 {
		f := fragcalc.Figures{Reserved: fragcalc.Of(int64(second)), Stranded: fragcalc.Of(int64(second / 2))}
		seen.push(&fragcalc.Snapshot{At: at.Add(time.Duration(second) * time.Second), Processes: []fragcalc.Process{{RowID: row, Figures: f}}})
	}
	got := seen.hour(row, rememberReserved, 48, 6)
	for i, value := range got {
		if want := float64(3600 + 75*(i+1) - 1); value != want {
			t.Fatalf("cell %d is %v, want %v", i, value, want)
		}
	}
	if seen.hour(row, rememberUsed, 48, 6) != nil {
		t.Error("a history of what was never known")
	}
}

// An hour at ten samples a second takes the memory of the first sample.
func TestHistoryDoesNotGrow(t *testing.T) {
	seen := newTrends()
	s := &fragcalc.Snapshot{At: epoch, Processes: make([]fragcalc.Process, 3*mostHistories)}
	for i := range s.Processes {
		s.Processes[i].PID = i + 1
		s.Processes[i].Reserved = fragcalc.Of[int64](1)
	}
	seen.push(s)
	if len(seen.rows) != mostHistories {
		t.Errorf("%d rows are remembered", len(seen.rows))
	}
	s.Processes = s.Processes[:10]
	seen.push(s)
	if len(seen.rows) != 10 {
		t.Errorf("%d rows are remembered of 10", len(seen.rows))
	}
	row := seen.rows[s.Processes[0].RowID]
	perPush := testing.AllocsPerRun(100, func() {
		s.At = s.At.Add(bucketSpan / 2)
		seen.push(s)
	})
	if perPush > 8 || seen.rows[s.Processes[0].RowID] != row {
		t.Errorf("%.0f allocations a sample", perPush)
	}
}
