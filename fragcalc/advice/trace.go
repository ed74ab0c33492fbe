package advice

import "github.com/gpufragtop/gpufragtop/fragcalc"

// trace is what one pass over a trace shows.
type trace struct {
	read  bool
	sizes variety           // of requests above 1 MiB
	ooms  int64             // failures
	born  map[uint64]int    // the last allocation of each pin's block: its event; absent = before the trace
	len   int               // events
	grows growing           // the longest run of requests that only grow, from one stack
	runs  map[uint32]growth // by stack, while reading
}

// growing is a run of requests from one stack, each larger than the last, as
// a tensor that is extended by copying makes them.
type growing struct {
	stack uint32
	growth
}

type growth struct {
	first, last int64 // sizes
	times       int
}

// largeRequest is the largest request of the small pool: growth and variety
// below it strand nothing in the large one.
const largeRequest = 1 * mib

func read(t *fragcalc.Trace, pins []pin) trace {
	r := trace{read: true, len: len(t.Events), born: make(map[uint64]int, len(pins)), runs: make(map[uint32]growth)}
	r.sizes.every = len(t.Events)/(4*sampled) + 1
	wanted := make(map[uint64]bool, len(pins))
	for _, p := range pins {
		wanted[p.block.Address] = true
	}
	for i := range t.Events {
		e := &t.Events[i]
		switch e.Kind {
		case fragcalc.TraceOOM:
			r.ooms++
		case fragcalc.TraceAlloc:
			if len(wanted) > 0 && wanted[e.Address] {
				r.born[e.Address] = i
			}
			if e.Size > largeRequest {
				r.sizes.add(e.Size)
				r.extend(e.Stack, e.Size)
			}
		}
	}
	r.runs = nil
	return r
}

// extend goes on with the run of a stack, or begins it anew.
func (r *trace) extend(stack uint32, size int64) {
	if stack == 0 {
		return
	}
	run := r.runs[stack]
	if run.times > 0 && size > run.last {
		run.last = size
		run.times++
	} else {
		run = growth{first: size, last: size, times: 1}
	}
	r.runs[stack] = run
	if run.times > r.grows.times {
		r.grows = growing{stack: stack, growth: run}
	}
}

// old tells whether a block has lived for at least half of the trace.
func (r *trace) old(address uint64) bool {
	event, seen := r.born[address]
	return !seen || event < r.len/2
}
