package tui

import (
	"slices"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/advice"
)

// Bounds of what is remembered of a row for advice: ten minutes, in parts of
// which the lowest used and stranded bytes are kept.
const (
	recentPart  = 10 * time.Second
	recentParts = 60
)

// recent remembers what advice needs of the last minutes of every row of which
// an allocator has told anything: of the others there is nothing to remember.
type recent struct {
	rows map[fragcalc.RowID][]advice.Sample
}

func newRecent() *recent { return &recent{rows: make(map[fragcalc.RowID][]advice.Sample)} }

// push takes a sample in and forgets rows that are gone.
func (r *recent) push(s *fragcalc.Snapshot) {
	kept := make(map[fragcalc.RowID][]advice.Sample, len(r.rows))
	for i := range s.Processes {
		p := &s.Processes[i]
		samples, told := r.rows[p.RowID]
		if !told && !p.Used.Known() && !p.Reserved.Known() && !p.Stranded.Known() && !p.AllocRetries.Known() && !p.OOMs.Known() {
			continue
		}
		now := advice.Sample{At: s.At, Used: p.Used, Reserved: p.Reserved, Stranded: p.Stranded, Retries: p.AllocRetries, OOMs: p.OOMs}
		last := len(samples) - 1
		switch {
		case last >= 0 && samples[last].At.Truncate(recentPart).Equal(s.At.Truncate(recentPart)):
			now.Used, now.Stranded = lower(samples[last].Used, now.Used), lower(samples[last].Stranded, now.Stranded)
			samples[last] = now
		case last >= 0 && s.At.Before(samples[last].At):
			samples = append(samples[:0], now) // the clock was set back
		case last == recentParts-1:
			copy(samples, samples[1:])
			samples[last] = now
		default:
			samples = append(samples, now)
		}
		kept[p.RowID] = samples
	}
	r.rows = kept
}

// lower is the lower one of what is known.
func lower(a, b fragcalc.Bytes) fragcalc.Bytes {
	x, known := a.Get()
	if y, known2 := b.Get(); !known || known2 && y < x {
		return b
	}
	return a
}

// of is the history of a row.
func (r *recent) of(id fragcalc.RowID) advice.History {
	return advice.History{Samples: slices.Clone(r.rows[id])}
}
