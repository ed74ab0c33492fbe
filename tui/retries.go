package tui

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// retrySpan is over what time retries are counted for a rate per minute.
const retrySpan = time.Minute

// retries counts how often allocators have retried in the last minute: each a
// moment at which the allocator found no room, emptied its cache and stalled.
type retries struct {
	rows map[fragcalc.RowID]*retryCount
}

// retryCount remembers the counter of a row, a value for each retrySpan/parts.
type retryCount struct {
	at     [retryParts]time.Time // when the value was read; zero = not yet
	values [retryParts]int64
}

const retryParts = 12

func newRetries() *retries { return &retries{rows: map[fragcalc.RowID]*retryCount{}} }

// push takes a sample in and forgets rows that are gone.
func (r *retries) push(s *fragcalc.Snapshot) {
	kept := make(map[fragcalc.RowID]*retryCount, len(s.Processes))
	for i := range s.Processes {
		p := &s.Processes[i]
		count, ok := p.AllocRetries.Get()
		if !ok {
			continue
		}
		row := r.rows[p.RowID]
		if row == nil {
			row = &retryCount{}
		}
		row.push(s.At, count)
		kept[p.RowID] = row
	}
	r.rows = kept
}

// push keeps the first value of each part of the span. Time and counters that
// run backwards begin anew.
func (c *retryCount) push(at time.Time, value int64) {
	part := retrySpan / retryParts
	slot := int(at.UnixNano()/int64(part)) % retryParts
	for i, then := range c.at {
		if then.After(at) || !then.IsZero() && c.values[i] > value {
			*c = retryCount{}
			break
		}
	}
	if c.at[slot].IsZero() || at.Sub(c.at[slot]) >= part {
		c.at[slot], c.values[slot] = at, value
	}
}

// of are the retries of a row in the minute before a moment; unknown until it
// has been watched for some time.
func (r *retries) of(p *fragcalc.Process, at time.Time) fragcalc.Count {
	now, ok := p.AllocRetries.Get()
	row := r.rows[p.RowID]
	if !ok || row == nil {
		return p.AllocRetries
	}
	oldest, value := time.Time{}, now
	for i, then := range row.at {
		if !then.IsZero() && at.Sub(then) <= retrySpan && (oldest.IsZero() || then.Before(oldest)) {
			oldest, value = then, row.values[i]
		}
	}
	return fragcalc.Of(now - value)
}

// ofGPU are those of all rows of a device that tell theirs; unknown where none
// does.
func (r *retries) ofGPU(s *fragcalc.Snapshot, uuid string) fragcalc.Count {
	total := fragcalc.Unknown[int64]("no process here tells its retries")
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.GPUUUID != uuid {
			continue
		}
		if n, ok := r.of(p, s.At).Get(); ok {
			total = fragcalc.Of(total.Or(0) + n)
		}
	}
	return total
}
