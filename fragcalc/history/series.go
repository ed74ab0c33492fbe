package history

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Figure is one of the figures that are remembered, in bytes.
type Figure uint8

// The figures. Of a bucket the highest value is kept, or the lowest where less
// is worse: what is remembered is the worst moment. On a device Reserved, Used,
// Stranded and Releasable are sums over the processes that tell them; Slack and
// LargestFree do not add up, and are never known.
const (
	Reserved Figure = iota
	Used
	Stranded
	Releasable
	Slack
	LargestFree // the lowest of a bucket
	Memory      // what the driver charges to the process, or has in use on the device
	DeviceFree  // of a device; the lowest of a bucket
	FigureCount
)

// LessIsWorse tells whether less of the figure is worse: of a bucket the lowest
// value is kept.
func (f Figure) LessIsWorse() bool { return f == LargestFree || f == DeviceFree }

// worse is the worse of two values; negative ones are unknown.
func (f Figure) worse(a, b float32) float32 {
	switch {
	case a < 0:
		return b
	case b < 0:
		return a
	case f.LessIsWorse():
		return min(a, b)
	default:
		return max(a, b)
	}
}

const unknown = float32(-1)

// shortPace is the time between two samples that is never taken for a gap.
const shortPace = 3 * time.Second

// longPace is the most that is not taken for a gap as long as no pace is known.
const longPace = 2 * time.Minute

// setBack is how far back a clock is no longer corrected but set.
const setBack = 15 * time.Second

// Series is the history of a row or of a device. What float32 rounds off no
// figure of three digits shows.
type Series struct {
	at     time.Time        // of the newest sample
	pace   time.Duration    // between it and the one before
	newest [ringCount]int64 // number of the newest bucket
	latest [FigureCount]float32
	values [FigureCount]*[bucketCount]float32 // nil: never known
	marks  marks
}

func newSeries(at time.Time) *Series {
	s := &Series{at: at}
	for i := range rings {
		s.newest[i] = rings[i].number(at)
	}
	for figure := range s.latest {
		s.latest[figure] = unknown
	}
	return s
}

// At is the time of the newest sample.
func (s *Series) At() time.Time { return s.at }

// push takes a sample in. Time that runs backwards a little stands still; a
// clock that was set back begins the history anew.
func (s *Series) push(at time.Time, figures *[FigureCount]fragcalc.Bytes) {
	if s.at.Sub(at) > setBack {
		*s = *newSeries(at)
	}
	s.advance(at)
	for figure := range FigureCount {
		s.latest[figure] = unknown
		n, ok := figures[figure].Get()
		if !ok || n < 0 {
			continue
		}
		value := float32(n)
		s.latest[figure] = value
		if s.values[figure] == nil {
			s.values[figure] = neverKnown()
		}
		for i := range rings {
			bucket := &s.values[figure][rings[i].index(s.newest[i])]
			*bucket = figure.worse(*bucket, value)
		}
	}
}

func neverKnown() *[bucketCount]float32 {
	var values [bucketCount]float32
	for i := range values {
		values[i] = unknown
	}
	return &values
}

// advance makes room for the buckets up to a moment. Those that were passed over
// hold what was seen last, where samples come at their usual pace; after a
// longer time they are unknown.
func (s *Series) advance(at time.Time) {
	passed := at.Sub(s.at)
	if passed <= 0 {
		return
	}
	usual := max(2*s.pace, shortPace)
	if s.pace == 0 {
		usual = longPace
	}
	follows := passed <= usual
	s.at, s.pace = at, passed
	for i := range rings {
		r := &rings[i]
		now := r.number(at)
		for number := max(s.newest[i], now-r.buckets) + 1; number <= now; number++ {
			at := r.index(number)
			for figure, values := range s.values {
				switch {
				case values == nil:
				case follows && number < now:
					values[at] = s.latest[figure]
				default:
					values[at] = unknown
				}
			}
		}
		s.newest[i] = max(s.newest[i], now)
	}
}

// Cells are a figure's values in the cells of a frame, oldest first, each the
// worst of its time; negative where it is not known. It is nil where nothing of
// it is known in the whole frame.
func (s *Series) Cells(figure Figure, f Frame) []float64 {
	if s == nil || s.values[figure] == nil {
		return nil
	}
	r, newest, known := &rings[f.ring], s.newest[f.ring], false
	values := make([]float64, f.cells)
	for i := range values {
		value := unknown
		first := (f.last - f.cells + 1 + int64(i)) * f.per
		for number := first; number < first+f.per; number++ {
			if number <= newest && number > newest-r.buckets {
				value = figure.worse(value, s.values[figure][r.index(number)])
			}
		}
		values[i] = float64(value)
		known = known || value >= 0
	}
	if !known {
		return nil
	}
	return values
}
