package tui

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	// historySpan is how far back the screen remembers.
	historySpan = time.Hour
	// trendSpan is how far back the trend column looks.
	trendSpan = 5 * time.Minute
	// bucketsPerCell buckets of the history are a cell of the trend column.
	bucketsPerCell = 3
	bucketSpan     = trendSpan / trendCells / bucketsPerCell // 12.5 s
	historyBuckets = int64(historySpan / bucketSpan)         // 288
	// mostHistories bounds the rows that are remembered, at 3.5 KiB each.
	mostHistories = 1024
)

// trends remember an hour of every row: its reserved, used and stranded bytes,
// the highest of each bucket. A row takes the same memory from its first sample
// to its last, and none when it is gone. Buckets begin at fixed moments, so that
// a trend changes only when its newest bucket does.
type trends struct {
	rows map[fragcalc.RowID]*trend
}

// remembered are the figures that are remembered.
type remembered uint8

const (
	rememberReserved remembered = iota
	rememberUsed
	rememberStranded
	rememberedCount
)

// trend is the history of a row, a ring of buckets. Negative values are
// unknown. What float32 rounds off, no sparkline shows.
type trend struct {
	newest int64 // number of the newest bucket
	values [rememberedCount][historyBuckets]float32
}

func newTrends() *trends { return &trends{rows: make(map[fragcalc.RowID]*trend)} }

// push takes a sample in and forgets rows that are gone.
func (t *trends) push(s *fragcalc.Snapshot) {
	bucket := s.At.UnixNano() / int64(bucketSpan)
	kept := make(map[fragcalc.RowID]*trend, len(s.Processes))
	for i := range s.Processes {
		p := &s.Processes[i]
		figures := [rememberedCount]fragcalc.Bytes{p.Reserved, p.Used, p.Stranded}
		row := t.rows[p.RowID]
		if row == nil {
			if !figures[rememberStranded].Known() && !figures[rememberReserved].Known() || len(kept) == mostHistories {
				continue
			}
			row = newTrend(bucket)
		}
		kept[p.RowID] = row
		row.advance(bucket)
		for figure, bytes := range figures {
			if n, ok := bytes.Get(); ok {
				value := row.at(remembered(figure), row.newest)
				*value = max(*value, float32(n))
			}
		}
	}
	t.rows = kept
}

func newTrend(bucket int64) *trend {
	t := &trend{newest: bucket}
	for number := range historyBuckets {
		t.forget(number)
	}
	return t
}

// at is a bucket by its number, which is one of the newest historyBuckets.
func (t *trend) at(figure remembered, number int64) *float32 {
	return &t.values[figure][(number%historyBuckets+historyBuckets)%historyBuckets]
}

func (t *trend) forget(number int64) {
	for figure := range rememberedCount {
		*t.at(figure, number) = -1
	}
}

// advance makes room for a bucket; those that were skipped are unknown. Time
// that runs backwards stands still.
func (t *trend) advance(bucket int64) {
	t.newest = max(t.newest, bucket-historyBuckets)
	for t.newest < bucket {
		t.newest++
		t.forget(t.newest)
	}
}

// last is the newest cells of a figure, oldest first, each the highest of so
// many buckets. Cells begin at fixed moments.
func (t *trend) last(figure remembered, cells int, buckets int64) []float64 {
	values := make([]float64, cells)
	newest := t.newest / buckets
	for i := range values {
		values[i] = -1
		cell := newest - int64(cells-1-i)
		for number := cell * buckets; number < (cell+1)*buckets; number++ {
			if number <= t.newest && number > t.newest-historyBuckets {
				values[i] = max(values[i], float64(*t.at(figure, number)))
			}
		}
	}
	return values
}

// of is the trend of a row's stranded bytes as it is now, nil when there is
// none.
func (t *trends) of(id fragcalc.RowID) []float64 {
	return t.hour(id, rememberStranded, trendCells, bucketsPerCell)
}

// hour is a figure of a row over so many cells; nil when nothing of it is
// known.
func (t *trends) hour(id fragcalc.RowID, figure remembered, cells int, buckets int64) []float64 {
	row := t.rows[id]
	if row == nil {
		return nil
	}
	values := row.last(figure, cells, buckets)
	for _, value := range values {
		if value >= 0 {
			return values
		}
	}
	return nil
}
