package dump

import (
	"math"
	"slices"

	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

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

// plan is how a dict with certain keys, in a certain order, is read.
type plan struct {
	kind   pickle.Kind
	common bool             // a block as versions since 2.1 write it
	at     [fieldCount]int8 // place of the value; missing where there is none
}

const missing = -1

// Shape implements pickle.Reducer: it finds out how dicts with these keys are
// read.
func (r *reader) Shape(keys []pickle.Value) int {
	var p plan
	for f := range p.at {
		p.at[f] = missing
	}
	for i, key := range keys[:min(len(keys), math.MaxInt8)] {
		if f, known := r.names[key]; known {
			p.at[f] = int8(i)
		}
	}
	p.kind = p.classify()
	if p.kind == 0 {
		return 0
	}
	p.common = p.kind == kindBlock && p.has(fAddress, fSize, fRequested, fState, fFrames)
	if at := slices.Index(r.plans, p); at >= 0 {
		return at + 1
	}
	r.plans = append(r.plans, p)
	return len(r.plans)
}

func (p *plan) has(fields ...field) bool {
	for _, f := range fields {
		if p.at[f] == missing {
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
