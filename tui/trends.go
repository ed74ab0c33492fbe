package tui

import (
	"slices"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// trendSpan is how far back the trend column looks.
const trendSpan = 5 * time.Minute

// trends remember the stranded bytes of every row, in as many buckets as the
// column has cells. Buckets begin at fixed moments, so that a trend changes
// only when its newest bucket does.
type trends struct {
	rows map[fragcalc.RowID]*trend
}

type trend struct {
	newest int64 // number of the newest bucket
	values [trendCells]float64
}

func newTrends() *trends { return &trends{rows: make(map[fragcalc.RowID]*trend)} }

// push takes a sample in and forgets rows that are gone.
func (t *trends) push(s *fragcalc.Snapshot) {
	bucket := s.At.UnixNano() / int64(trendSpan/trendCells)
	kept := make(map[fragcalc.RowID]*trend, len(s.Processes))
	for i := range s.Processes {
		p := &s.Processes[i]
		stranded, ok := p.Stranded.Get()
		row := t.rows[p.RowID]
		if row == nil {
			if !ok {
				continue
			}
			row = newTrend(bucket)
		}
		kept[p.RowID] = row
		row.advance(bucket)
		if ok {
			row.values[trendCells-1] = max(row.values[trendCells-1], float64(stranded))
		}
	}
	t.rows = kept
}

func newTrend(bucket int64) *trend {
	t := &trend{newest: bucket}
	for i := range t.values {
		t.values[i] = -1
	}
	return t
}

// advance makes room for a bucket; those that were skipped are unknown.
func (t *trend) advance(bucket int64) {
	for ; t.newest < bucket; t.newest++ {
		copy(t.values[:], t.values[1:])
		t.values[trendCells-1] = -1
		if bucket-t.newest > trendCells {
			t.newest = bucket - trendCells
		}
	}
}

// of is the trend of a row as it is now, nil when there is none.
func (t *trends) of(id fragcalc.RowID) []float64 {
	if row := t.rows[id]; row != nil {
		return slices.Clone(row.values[:])
	}
	return nil
}
