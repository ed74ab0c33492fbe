package dump

import (
	"fmt"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

// eventStore holds the events of all traces, in the order of the file.
type eventStore struct{ list []fragcalc.TraceEvent }

func (r *reader) event(p *plan, pairs []pickle.Value) (uint32, error) {
	kind, ok := r.words.actionOf(r.decoder, pairs[p.at[fAction]])
	if !ok {
		return 0, r.wrong(p, pairs, fAction)
	}
	e := fragcalc.TraceEvent{Kind: kind}
	var err error
	if kind != fragcalc.TraceOther {
		if e.Size, err = r.size(p, pairs, fSize); err != nil {
			return 0, err
		}
		// An OOM has no address; its place is taken by what the driver had left.
		switch {
		case kind != fragcalc.TraceOOM:
			e.Address, err = r.address(p, pairs, fAddr)
		case p.at[fDeviceFree] != 0:
			e.DeviceFree, err = r.size(p, pairs, fDeviceFree)
		case p.at[fAddr] != 0:
			e.DeviceFree, err = r.size(p, pairs, fAddr)
		}
		if err != nil {
			return 0, err
		}
	}
	if p.at[fStream] != 0 && pairs[p.at[fStream]] != pickle.None {
		if e.Stream, err = r.address(p, pairs, fStream); err != nil {
			return 0, err
		}
	}
	if p.at[fMicros] != 0 {
		if e.Micros, err = r.size(p, pairs, fMicros); err != nil {
			return 0, err
		}
	}
	if p.at[fFrames] != 0 {
		if e.Stack, err = r.stack(pairs[p.at[fFrames]]); err != nil {
			return 0, err
		}
	}
	if at := p.at[fEventPool] + p.at[fPoolID]; at != 0 { // one or the other, by version
		e.Private, e.Pooled = r.pool(pairs[at])
	}
	if len(r.events.list) == maxEvents {
		return 0, fmt.Errorf("more than %d trace events", maxEvents)
	}
	r.events.list = append(r.events.list, e)
	return uint32(len(r.events.list) - 1), nil
}

// maxEvents bounds the memory of a trace to 4 GiB.
const maxEvents = 1 << 26

// actionOf is what an event is; false for what is no string. Actions that are
// not known change nothing in the allocator: newer versions add such.
func (w *words) actionOf(d *pickle.Decoder, v pickle.Value) (fragcalc.TraceKind, bool) {
	if w.actions == nil {
		w.actions = map[pickle.Value]fragcalc.TraceKind{
			d.Key("alloc"):          fragcalc.TraceAlloc,
			d.Key("free_requested"): fragcalc.TraceFreeRequested,
			d.Key("free_completed"): fragcalc.TraceFreeCompleted,
			d.Key("segment_alloc"):  fragcalc.TraceSegmentAlloc,
			d.Key("segment_free"):   fragcalc.TraceSegmentFree,
			d.Key("segment_map"):    fragcalc.TraceSegmentMap,
			d.Key("segment_unmap"):  fragcalc.TraceSegmentUnmap,
			d.Key("oom"):            fragcalc.TraceOOM,
		}
	}
	kind, known := w.actions[v]
	if !known {
		_, known = d.Text(v)
	}
	return kind, known
}
