package whatif

import "github.com/gpufragtop/gpufragtop/fragcalc"

// Program is what a program asked of its allocator on one device, in order:
// requests without the answers, so that any allocator can be asked the same.
// Recover makes one from a trace.
type Program struct {
	ops   []op
	slots int // of blocks that are live at some time
	pools [][2]uint64
	start start
	// Report says how well the trace could be understood.
	Report Report
	// Recorded is what the recording allocator itself ended with, replayed under
	// its own settings with the trace as the driver.
	Recorded Result

	config Config // of the recording
}

// op is one thing that a program did.
type op struct {
	kind   opKind
	pool   int16 // index in Program.pools; 0 = the default pools
	slot   int32 // of the block
	event  int32 // index in the trace
	size   int64 // requested bytes; of an opRetry what the driver was asked for
	stream uint64
	held   int64 // of an opRetry: reserved bytes before it
}

type opKind uint8

const (
	opMalloc     opKind = iota
	opTry               // an allocation that failed in the recording
	opFree              // given back, and free at once
	opGiveBack          // given back, and pending until opComplete
	opComplete          // no stream uses it any more
	opEmptyCache        // an explicit release
	opRetry             // a release that may have been explicit or an allocation's own
	opCollected         // a release that may have been garbage collection, or of oversize blocks
	opOwnRetry          // a release that was an allocation's own
	opDropPool          // nobody holds a private pool any more
)

// Report says how well a trace could be understood.
type Report struct {
	Allocations int // in the trace
	Exact       int // of which the model handed out the recorded address
	// FirstMiss is the index of the first event at which the model and the
	// recording differ; -1 when they never do.
	FirstMiss int
	// Final tells that the model's blocks at the end are the recorded ones.
	Final bool
	// Cut tells that the trace has no beginning: the start was reconstructed.
	Cut bool
	// Older is how many blocks were live before the trace begins.
	Older int
}

// pool returns the index of a private pool, made on first sight.
func (p *Program) pool(id [2]uint64) int16 {
	for i, known := range p.pools {
		if known == id {
			return int16(i)
		}
	}
	p.pools = append(p.pools, id)
	return int16(len(p.pools) - 1)
}

// start is the allocator's state when the trace begins.
type start struct {
	segments []fragcalc.WalkSegment
	blocks   []older // live or pending ones
}

// older is a block that is older than the trace.
type older struct {
	address uint64
	slot    int32
	pending bool
}
