// Package whatif models PyTorch's native CUDA caching allocator: the same
// requests in the same order get the same addresses, segments and figures as
// they would from the allocator of PyTorch 2.6, without a GPU.
//
// One Allocator is one device of one process. It is deterministic, pure and not
// safe for concurrent use. Sizes are bytes.
package whatif

import (
	"fmt"
	"math"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Allocator is the caching allocator of one process on one device.
type Allocator struct {
	config  Config
	driver  Driver
	allowed int64 // cap on reserved bytes; math.MaxInt64 when there is none

	pools   []*pool // the default ones first, each group in the order it is released
	recent  [2]*pool
	private map[[2]uint64]*privatePool
	route   [][2]uint64 // private pools that allocations go to; the last wins

	live     map[uint64]*block // by address: handed out and not yet freed
	segments []*segment        // in address order
	spare    *block            // discarded blocks, for reuse

	events   []*eventQueue   // by stream
	deferred []*block        // freed during a capture, before an event could be recorded
	trace    *fragcalc.Trace // what is recorded; nil = nothing
	// unsearched: the next allocation is one that has just released the cache,
	// and does not look into it again.
	unsearched bool
	held       holder // pending blocks of a replay, which end as its trace says
	stack      uint32 // number of the stack that allocates

	searches int64 // of the default large pool: the clock of garbage collection
	stats    Stats
}

// New returns an allocator without memory that takes its segments from driver.
func New(config Config, driver Driver) *Allocator {
	config = config.WithDefaults()
	a := &Allocator{
		config:  config,
		driver:  driver,
		allowed: math.MaxInt64,
		private: map[[2]uint64]*privatePool{},
		live:    map[uint64]*block{},
	}
	if config.Fraction > 0 {
		a.allowed = int64(config.Fraction * float64(driver.Total()))
	}
	return a
}

// Allowed is the cap on reserved bytes that the memory fraction sets; unknown
// when none is set.
func (a *Allocator) Allowed() fragcalc.Bytes {
	if a.config.Fraction <= 0 {
		return fragcalc.Unknown[int64]("no cap set")
	}
	return fragcalc.Of(a.allowed)
}

// holder completes what it holds back when the allocator synchronises.
type holder interface{ completeAll() }

// SetStack says which stack allocates from now on: walks show its number with
// the blocks, until they are free. 0 = none. It means nothing to the allocator.
func (a *Allocator) SetStack(number uint32) { a.stack = number }

// Malloc allocates size bytes for a stream and returns their address. It fails
// with an *OutOfMemoryError where PyTorch would raise OutOfMemoryError.
func (a *Allocator) Malloc(size int64, stream uint64) (uint64, error) {
	b, err := a.malloc(size, stream)
	if err != nil {
		return 0, err
	}
	a.live[b.address] = b
	return b.address, nil
}

func (a *Allocator) malloc(size int64, stream uint64) (*block, error) {
	if size <= 0 {
		return nil, fmt.Errorf("allocate %d bytes: the size must be positive", size)
	}
	if len(a.route) == 0 {
		a.processEvents()
	}
	rounded := a.config.Round(size)
	if rounded < size {
		return nil, fmt.Errorf("allocate %d bytes: larger than any device", size)
	}
	p := a.poolFor(rounded, stream)
	var found *block
	if a.unsearched {
		found = a.newBlock(p, rounded)
	} else if found = a.takeBestFit(p, rounded); found == nil {
		found = a.grow(p, rounded)
	}
	if found == nil {
		a.stats.OOMs++
		a.noteOOM(rounded, p)
		return nil, &OutOfMemoryError{
			Requested:  size,
			Segment:    a.config.SegmentSize(rounded),
			Reserved:   a.stats.Reserved.Current,
			DeviceFree: a.driver.Available(),
			Allowed:    a.Allowed(),
		}
	}
	return a.handOut(found, size, rounded), nil
}

// grow gets a block from the driver, in the allocator's order of attempts. The
// pool is not searched again after a release, though a block that came back
// from a pending free might fit: PyTorch does not either.
func (a *Allocator) grow(p *pool, rounded int64) *block {
	if a.collects() {
		a.collectGarbage()
	}
	if b := a.newBlock(p, rounded); b != nil {
		return b
	}
	if a.releaseAvailable(p, rounded) {
		if b := a.newBlock(p, rounded); b != nil {
			return b
		}
	}
	if len(a.route) > 0 {
		return nil // no release while a capture is underway
	}
	a.releaseCached()
	a.stats.Retries++
	return a.newBlock(p, rounded)
}

// newBlock reserves memory for a request of a pool: a new segment, or pages of
// an expandable one. It returns nil when the driver or the cap refuses.
func (a *Allocator) newBlock(p *pool, rounded int64) *block {
	size := a.config.SegmentSize(rounded)
	if a.allowed-a.stats.Reserved.Current < size {
		return nil
	}
	if a.config.ExpandableSegments && (p.owner == nil || a.config.ExpandablePrivatePools) {
		return a.expand(p, rounded)
	}
	address, ok := a.driver.Malloc(size)
	if !ok {
		return nil
	}
	b := a.takeSpare()
	b.pool, b.address, b.size, b.mapped = p, address, size, true
	a.addSegment(b, false)
	a.stats.Segments.add(1)
	a.stats.Reserved.add(size)
	a.stats.DeviceAllocs++
	a.note(fragcalc.TraceSegmentAlloc, address, size, p)
	return b
}

// handOut splits what the request does not need off b and makes b live.
func (a *Allocator) handOut(b *block, requested, rounded int64) *block {
	wasSplit := b.isSplit()
	if a.shouldSplit(b, rounded) {
		rest := a.splitAfter(b, rounded)
		a.insertFree(rest)
		if !b.segment.expandable {
			if wasSplit {
				a.stats.InactiveSplit.add(-b.size)
			} else {
				a.stats.InactiveSplit.add(rest.size)
				a.stats.InactiveSplitBlocks.add(1)
			}
		}
	} else if wasSplit && !b.segment.expandable {
		a.stats.InactiveSplit.add(-b.size)
		a.stats.InactiveSplitBlocks.add(-1)
	}
	b.state = fragcalc.BlockUsed
	b.requested = requested
	b.stack = a.stack
	a.stats.Allocations.add(1)
	a.stats.Allocated.add(b.size)
	a.stats.ActiveBlocks.add(1)
	a.stats.Active.add(b.size)
	a.stats.Requested.add(requested)
	a.note(fragcalc.TraceAlloc, b.address, requested, b.pool)
	return b
}

// shouldSplit tells whether the end of b goes back to the pool. Large blocks
// keep an end of up to 1 MiB; oversize ones are never split.
func (a *Allocator) shouldSplit(b *block, rounded int64) bool {
	rest := b.size - rounded
	if b.pool.id.Small || a.config.ExpandableSegments {
		return rest >= minBlock
	}
	return rounded < a.config.MaxSplitSize && rest > smallLimit
}
