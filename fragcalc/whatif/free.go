package whatif

import (
	"fmt"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// eventQueue holds the events recorded on one stream, oldest first.
type eventQueue struct {
	stream  uint64
	waiting []*block // the block that each event holds back
	done    int      // how many of them have completed
}

// Free gives back the block at an address. A block that other streams use stays
// pending until the events of those streams complete.
func (a *Allocator) Free(address uint64) error {
	b, ok := a.live[address]
	if !ok {
		return fmt.Errorf("free %#x: not an allocated block", address)
	}
	delete(a.live, address)
	a.giveBack(b)
	switch {
	case len(b.users) == 0:
		a.finishFree(b)
		return nil
	case len(a.route) > 0:
		a.deferred = append(a.deferred, b)
	default:
		a.recordEvents(b)
	}
	b.state = fragcalc.BlockPending
	return nil
}

// giveBack counts a block that the program no longer has.
func (a *Allocator) giveBack(b *block) {
	a.stats.Allocations.add(-1)
	a.stats.Allocated.add(-b.size)
	a.note(fragcalc.TraceFreeRequested, b.address, b.requested, b.pool)
}

// finishFree merges a block that nobody uses with its free neighbours and puts
// it into its pool.
func (a *Allocator) finishFree(b *block) {
	a.stats.ActiveBlocks.add(-1)
	a.stats.Active.add(-b.size)
	a.stats.Requested.add(-b.requested)
	a.note(fragcalc.TraceFreeCompleted, b.address, b.requested, b.pool)
	b.state = fragcalc.BlockFree
	b.requested = 0

	splitBlocks, splitBytes := int64(0), int64(0)
	for _, neighbour := range [2]*block{b.prev, b.next} {
		if gained := a.merge(b, neighbour); gained > 0 {
			splitBlocks--
			splitBytes -= gained
		}
	}
	a.insertFree(b)
	if b.segment.expandable {
		return
	}
	if b.isSplit() {
		splitBlocks++
		splitBytes += b.size
	}
	a.stats.InactiveSplitBlocks.add(splitBlocks)
	a.stats.InactiveSplit.add(splitBytes)
}

// RecordStream notes that a stream other than its own uses the block at an
// address.
func (a *Allocator) RecordStream(address uint64, stream uint64) error {
	b, ok := a.live[address]
	if !ok {
		return fmt.Errorf("record a stream for %#x: not an allocated block", address)
	}
	if stream != b.pool.id.Stream && !slices.Contains(b.users, stream) {
		b.users = append(b.users, stream)
	}
	return nil
}

// CompleteEvents says that the device has done all work submitted so far. The
// allocator learns of it, and frees what is pending, at its next Malloc outside
// of private pools, as PyTorch does.
func (a *Allocator) CompleteEvents() {
	for _, q := range a.events {
		q.done = len(q.waiting)
	}
}

// recordEvents records one event on each stream that uses b.
func (a *Allocator) recordEvents(b *block) {
	b.waits = len(b.users)
	for _, stream := range b.users {
		at, found := slices.BinarySearchFunc(a.events, stream, func(q *eventQueue, stream uint64) int {
			if q.stream < stream {
				return -1
			} else if q.stream > stream {
				return 1
			}
			return 0
		})
		if !found {
			a.events = slices.Insert(a.events, at, &eventQueue{stream: stream})
		}
		a.events[at].waiting = append(a.events[at].waiting, b)
	}
	b.users = nil
}

// processEvents frees the blocks whose events have all completed.
func (a *Allocator) processEvents() {
	a.recordDeferred()
	for _, q := range a.events {
		if q.done == 0 {
			continue
		}
		for _, b := range q.waiting[:q.done] {
			if b.waits--; b.waits == 0 {
				a.finishFree(b)
			}
		}
		q.waiting = slices.Delete(q.waiting, 0, q.done)
		q.done = 0
	}
}

func (a *Allocator) recordDeferred() {
	for _, b := range a.deferred {
		a.recordEvents(b)
	}
	a.deferred = a.deferred[:0]
}

// synchronize waits for all events and frees what they held back.
func (a *Allocator) synchronize() {
	a.stats.Synchronizations++
	a.recordDeferred()
	a.CompleteEvents()
	a.processEvents()
	if a.held != nil {
		a.held.completeAll()
	}
}
