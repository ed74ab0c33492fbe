package change

import (
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// nothing is the state of what is not reserved.
const nothing = fragcalc.StateUnseen + 1

// sweep goes over the addresses of a pool at both moments. Its buffers serve one
// pool after the other.
type sweep struct{ was, is stretches }

// stretches are those of a pool's segments, in address order.
type stretches struct {
	pool     fragcalc.PoolID
	settings fragcalc.AllocatorSettings
	segments []fragcalc.Segment // those to come
	runs     []run              // of the segment that is gone through
	i        int                // the run that is next
	stretch                     // where we are; nothing at the end
}

// run is a stretch of the segment that is gone through. It begins where the one
// before it ends. There are many of them: no pointers, and no more than needed.
type run struct {
	to    uint64
	state fragcalc.State
}

type stretch struct {
	from, to uint64
	state    fragcalc.State
	segment  *fragcalc.Segment
}

func (c *stretches) begin(pool fragcalc.PoolID, settings fragcalc.AllocatorSettings, segments []fragcalc.Segment) {
	*c = stretches{pool: pool, settings: settings, segments: segments, runs: c.runs[:0]}
	c.next(0)
}

// next goes on to the next stretch that ends behind an address.
func (c *stretches) next(behind uint64) {
	for {
		if c.i == len(c.runs) {
			if len(c.segments) == 0 {
				c.stretch = stretch{state: nothing}
				return
			}
			c.load(&c.segments[0])
			c.segments = c.segments[1:]
			continue
		}
		c.from, c.to, c.state = c.to, c.runs[c.i].to, c.runs[c.i].state
		c.i++
		if c.to > behind {
			c.from = max(c.from, behind)
			return
		}
	}
}

// load reads the stretches of a segment, those of one state as one, and goes to
// its beginning.
func (c *stretches) load(s *fragcalc.Segment) {
	c.stretch = stretch{to: s.Address, segment: s}
	const expected = 2 // stretches a block, with its rounding
	c.runs, c.i = slices.Grow(c.runs[:0], expected*len(s.Blocks)), 0
	at := s.Address
	for state, size := range s.States(c.pool, c.settings) {
		to := at + uint64(size)
		if to < at { // behind the last address there is
			return
		}
		at = to
		if last := len(c.runs) - 1; last >= 0 && c.runs[last].state == state {
			c.runs[last].to = to
			continue
		}
		c.runs = append(c.runs, run{to, state})
	}
}

// over calls each for every range of addresses over which neither side changes
// its state, in address order; ranges reserved on neither side are left out.
func (w *sweep) over(each func(from, to uint64, was, is *stretch)) {
	for at := uint64(0); w.was.state != nothing || w.is.state != nothing; {
		at = min(w.was.starts(at), w.is.starts(at))
		to := min(w.was.until(at), w.is.until(at))
		each(at, to, w.was.on(at), w.is.on(at))
		at = to
		w.was.leave(at)
		w.is.leave(at)
	}
}

// none stands where nothing is reserved.
var none = stretch{state: nothing}

const never = ^uint64(0)

// starts is the first address from at on that is in the stretch.
func (c *stretches) starts(at uint64) uint64 {
	if c.state == nothing {
		return never
	}
	return max(c.from, at)
}

// until is the next address after at at which the state changes.
func (c *stretches) until(at uint64) uint64 {
	switch {
	case c.state == nothing:
		return never
	case c.from > at:
		return c.from
	default:
		return c.to
	}
}

// on is the stretch that an address lies in.
func (c *stretches) on(at uint64) *stretch {
	if c.state == nothing || c.from > at {
		return &none
	}
	return &c.stretch
}

// leave goes on from a stretch that ends at an address.
func (c *stretches) leave(at uint64) {
	if c.state != nothing && c.to <= at {
		c.next(at)
	}
}
