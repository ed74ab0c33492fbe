package dump

import "github.com/gpufragtop/gpufragtop/probe/pickle"

// field is a key of a dict that is read.
type field int

// Fields of blocks, segments, events, frames and histories, all in one: several
// kinds share some.
const (
	fAddress field = iota
	fSize
	fRequested
	fState
	fFrames
	fHistory
	fRealSize
	fDevice
	fTotalSize
	fAllocatedSize
	fActiveSize
	fStream
	fSegmentType
	fPoolID
	fExpandable
	fBlocks
	fAction
	fAddr
	fDeviceFree
	fMicros
	fEventPool
	fName
	fFile
	fLine
	fieldCount
)

var fieldNames = [fieldCount]string{
	"address", "size", "requested_size", "state", "frames", "history", "real_size",
	"device", "total_size", "allocated_size", "active_size", "stream", "segment_type", "segment_pool_id", "is_expandable", "blocks",
	"action", "addr", "device_free", "time_us", "pool_id",
	"name", "filename", "line",
}

// Kinds of records. Frames stand in many stacks; a history is that of one block.
const (
	kindBlock pickle.Kind = iota + 1
	kindSegment
	kindEvent
	kindHistory
	kindFrame = pickle.Shareable + iota
	kindStack
)

// plan is how a dict with certain keys, in a certain order, is read. Millions of
// dicts have the same keys: comparing them all is faster than looking each up.
type plan struct {
	keys []pickle.Value
	kind pickle.Kind
	at   [fieldCount]int32 // place of the value in the pairs; 0 = not there
}

// mostPlans bounds how many plans are kept.
const mostPlans = 32

// planFor finds out how a dict is read; its kind is 0 for dicts of no interest.
func (r *reader) planFor(pairs []pickle.Value) *plan {
	for i, p := range r.plans {
		if p.matches(pairs) {
			if i > 0 {
				copy(r.plans[1:i+1], r.plans[:i])
				r.plans[0] = p
			}
			return p
		}
	}
	p := &plan{keys: make([]pickle.Value, len(pairs)/2)}
	for i := range p.keys {
		p.keys[i] = pairs[2*i]
		if f, known := r.names[p.keys[i]]; known {
			p.at[f] = int32(2*i + 1)
		}
	}
	p.kind = p.classify()
	r.plans = append([]*plan{p}, r.plans[:min(len(r.plans), mostPlans-1)]...)
	return p
}

func (p *plan) matches(pairs []pickle.Value) bool {
	if len(pairs) != 2*len(p.keys) {
		return false
	}
	for i, key := range p.keys {
		if pairs[2*i] != key {
			return false
		}
	}
	return true
}

func (p *plan) has(fields ...field) bool {
	for _, f := range fields {
		if p.at[f] == 0 {
			return false
		}
	}
	return true
}

// classify tells a dict's kind by its keys.
func (p *plan) classify() pickle.Kind {
	switch {
	case p.has(fTotalSize, fBlocks):
		return kindSegment
	case p.has(fAction):
		return kindEvent
	case p.has(fState, fSize):
		return kindBlock
	case p.has(fFile, fLine):
		return kindFrame
	case p.has(fRealSize):
		return kindHistory
	}
	return 0
}

// newNames are the fields by the Values of their names.
func (r *reader) newNames() map[pickle.Value]field {
	names := make(map[pickle.Value]field, fieldCount)
	for f, name := range fieldNames {
		names[r.decoder.Key(name)] = field(f)
	}
	return names
}
