package dump

import (
	"fmt"

	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

// reader collects what a pickle tells while it is decoded.
type reader struct {
	decoder  *pickle.Decoder
	progress *progress
	names    map[pickle.Value]field
	plans    []plan // by shape
	words    words

	blocks    blockStore
	segments  segmentStore
	events    eventStore
	histories []history
	stacks    stacks

	unrequested bool // some active block does not tell what was requested

	traces   []pickle.Value // a list of events for each device
	settings pickle.Value   // a dict, or None
	walk     [2]uint32      // the segments of the snapshot: the first, and one past the last
}

// Reduce implements pickle.Reducer.
func (r *reader) Reduce(shape int, values []pickle.Value) (pickle.Record, error) {
	p := &r.plans[shape-1]
	if p.common && r.commonBlock(p, values) {
		return pickle.Record{Kind: kindBlock, Index: r.blocks.count - 1}, nil
	}
	var index uint32
	var err error
	switch p.kind {
	case kindBlock:
		index, err = r.block(p, values)
	case kindEvent:
		index, err = r.event(p, values)
	case kindSegment:
		index, err = r.segment(p, values)
	case kindHistory:
		index, err = r.history(p, values)
	case kindFrame:
		index, err = r.frame(p, values)
	}
	return pickle.Record{Kind: p.kind, Index: index}, err
}

// open takes the parts of the root: a dict, or a bare list of segments.
func (r *reader) open(root pickle.Value) error {
	d := r.decoder
	list := root
	r.settings = pickle.None
	if _, isDict := d.Pairs(root); isDict {
		var found bool
		if list, found = d.Get(root, "segments"); !found {
			return fmt.Errorf("it has no segments")
		}
		if r.settings, found = d.Get(root, "allocator_settings"); !found {
			r.settings = pickle.None
		}
		if traces, found := d.Get(root, "device_traces"); found && traces != pickle.None {
			items, ok := d.Items(traces)
			if !ok {
				return fmt.Errorf("device_traces is %s, not a list of lists", d.Name(traces))
			}
			r.traces = append(r.traces, items...)
		}
	}
	from, count, ok := d.Take(list, kindSegment)
	if !ok {
		return fmt.Errorf("its segments are %s of something else", d.Name(list))
	}
	r.walk = [2]uint32{from, from + count}
	if len(r.traces) > mostDevices {
		return fmt.Errorf("it has traces of %d devices", len(r.traces))
	}
	return nil
}

// size is a field that is a number of bytes.
func (r *reader) size(p *plan, values []pickle.Value, f field) (int64, error) {
	at := p.at[f]
	if at == missing {
		return 0, r.wrong(p, values, f)
	}
	if n, ok := values[at].Small(); ok && n >= 0 {
		return n, nil
	}
	n, ok := r.decoder.Int(values[at])
	if !ok {
		return 0, r.wrong(p, values, f)
	}
	if n < 0 {
		return 0, fmt.Errorf("%s: %s is %d", kindName(p.kind), fieldNames[f], n)
	}
	return n, nil
}

// address is a field that is an address or a handle. Handles of streams are
// signed where they are written.
func (r *reader) address(p *plan, values []pickle.Value, f field) (uint64, error) {
	at := p.at[f]
	if at == missing {
		return 0, r.wrong(p, values, f)
	}
	if n, ok := values[at].Small(); ok && n >= 0 {
		return uint64(n), nil
	}
	if n, ok := r.decoder.Uint(values[at]); ok {
		return n, nil
	}
	if n, ok := r.decoder.Int(values[at]); ok && f == fStream {
		return uint64(n), nil
	}
	return 0, r.wrong(p, values, f)
}

// pool is a private pool's id: a tuple of two numbers.
func (r *reader) pool(v pickle.Value) ([2]uint64, bool) {
	var id [2]uint64
	items, ok := r.decoder.Items(v)
	if !ok || len(items) != 2 {
		return id, false
	}
	for i, item := range items {
		if id[i], ok = r.decoder.Uint(item); !ok {
			return id, false
		}
	}
	return id, true
}

// wrong says that a field is not there or not what it should be.
func (r *reader) wrong(p *plan, values []pickle.Value, f field) error {
	if !p.has(f) {
		return fmt.Errorf("%s without %s", kindName(p.kind), fieldNames[f])
	}
	return fmt.Errorf("%s: %s is %s that makes no sense there", kindName(p.kind), fieldNames[f], r.decoder.Name(values[p.at[f]]))
}

func kindName(kind pickle.Kind) string {
	switch kind {
	case kindBlock:
		return "a block"
	case kindSegment:
		return "a segment"
	case kindEvent:
		return "a trace event"
	case kindHistory:
		return "a block's history"
	}
	return "a frame"
}
