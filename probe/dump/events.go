package dump

import (
	"fmt"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

// eventStore holds the events of all traces, in the order of the file. A trace
// must be in one piece, so that growing copies: it asks how much is to come.
type eventStore struct {
	list  []fragcalc.TraceEvent
	began int64 // how much of the file had been read at the first event
}

// fewEvents are too few to tell from them how many there will be.
const fewEvents = 1 << 16

// add appends an event; progress says how much of the file has been read.
func (s *eventStore) add(e fragcalc.TraceEvent, progress *progress) uint32 {
	n := len(s.list)
	if n == 0 {
		s.began = progress.read
	}
	if n == cap(s.list) {
		room := max(1<<10, 2*n)
		if left := progress.size - progress.read; n >= fewEvents && left > 0 && progress.read > s.began {
			more := int64(float64(n) / float64(progress.read-s.began) * float64(left))
			room = n + n/8 + int(min(more+more/16, int64(mostEvents)))
		}
		grown := make([]fragcalc.TraceEvent, n, min(room, mostEvents))
		copy(grown, s.list)
		s.list = grown
	}
	s.list = append(s.list, e)
	return uint32(n)
}

func (r *reader) event(p *plan, values []pickle.Value) (uint32, error) {
	kind, ok := r.words.actionOf(r.decoder, values[p.at[fAction]])
	if !ok {
		return 0, r.wrong(p, values, fAction)
	}
	e := fragcalc.TraceEvent{Kind: kind}
	var err error
	if kind != fragcalc.TraceOther {
		if e.Size, err = r.size(p, values, fSize); err != nil {
			return 0, err
		}
		// An OOM has no address; its place is taken by what the driver had left.
		switch {
		case kind != fragcalc.TraceOOM:
			e.Address, err = r.address(p, values, fAddr)
		case p.has(fDeviceFree):
			e.DeviceFree, err = r.size(p, values, fDeviceFree)
		case p.has(fAddr):
			e.DeviceFree, err = r.size(p, values, fAddr)
		}
		if err != nil {
			return 0, err
		}
	}
	if p.has(fStream) && values[p.at[fStream]] != pickle.None {
		if e.Stream, err = r.address(p, values, fStream); err != nil {
			return 0, err
		}
	}
	if p.has(fMicros) {
		if e.Micros, err = r.size(p, values, fMicros); err != nil {
			return 0, err
		}
	}
	if p.has(fFrames) {
		if e.Stack, err = r.stack(values[p.at[fFrames]]); err != nil {
			return 0, err
		}
	}
	if at := max(p.at[fEventPool], p.at[fPoolID]); at != missing { // one or the other, by version
		e.Private, e.Pooled = r.pool(values[at])
	}
	if len(r.events.list) == mostEvents {
		return 0, fmt.Errorf("more than %d trace events", mostEvents)
	}
	return r.events.add(e, r.progress), nil
}

// mostEvents bounds the memory of traces to 2 GiB.
const mostEvents = 1 << 25
