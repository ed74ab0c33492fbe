package dump

import (
	"fmt"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

// eventStore holds the events of all traces, in the order of the file.
type eventStore struct{ list []fragcalc.TraceEvent }

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
	r.events.list = append(r.events.list, e)
	return uint32(len(r.events.list) - 1), nil
}

// mostEvents bounds the memory of traces to 2 GiB.
const mostEvents = 1 << 25
