package whatif

import (
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// block is a part of a segment: handed out, pending, free or, in expandable
// segments, address space without memory. Its neighbours by address are linked.
type block struct {
	pool       *pool
	segment    *segment
	prev, next *block
	address    uint64
	size       int64
	requested  int64
	state      fragcalc.BlockState
	mapped     bool
	waits      int      // stream events that must complete before it is free
	users      []uint64 // other streams that use it
	freedAt    int64    // Allocator.searches when it became free
	stack      uint32   // that allocated it
}

// segment is one range got from the driver: memory, or the address space that
// an expandable segment maps pages into.
type segment struct {
	first      *block
	size       int64
	expandable bool
}

func (b *block) isSplit() bool { return b.prev != nil || b.next != nil }

func (b *block) end() uint64 { return b.address + uint64(b.size) }

// isFree tells whether b may be merged or handed out. Unmapped blocks are free.
func (b *block) isFree() bool { return b != nil && b.state == fragcalc.BlockFree }

// takeSpare returns a zero block.
func (a *Allocator) takeSpare() *block {
	b := a.spare
	if b == nil {
		return &block{}
	}
	a.spare = b.next
	*b = block{}
	return b
}

func (a *Allocator) discard(b *block) {
	*b = block{next: a.spare}
	a.spare = b
}

// splitAfter cuts b down to size and returns the rest as a new neighbour, in
// no set yet.
func (a *Allocator) splitAfter(b *block, size int64) *block {
	rest := a.takeSpare()
	rest.pool, rest.segment, rest.mapped = b.pool, b.segment, b.mapped
	rest.address, rest.size = b.address+uint64(size), b.size-size
	rest.prev, rest.next = b, b.next
	if b.next != nil {
		b.next.prev = rest
	}
	b.next = rest
	b.size = size
	return rest
}

// merge joins the neighbour other, which is in a set, into b, which is in none,
// where both are free and both mapped or unmapped. It returns the bytes gained.
func (a *Allocator) merge(b, other *block) int64 {
	if !other.isFree() || other.mapped != b.mapped {
		return 0
	}
	if other.mapped {
		b.pool.free.remove(other.size, other.address)
	} else {
		b.pool.unmapped.remove(0, other.address)
	}
	if other == b.prev {
		b.address = other.address
		b.prev = other.prev
		if b.prev != nil {
			b.prev.next = b
		} else {
			b.segment.first = b
		}
	} else {
		b.next = other.next
		if b.next != nil {
			b.next.prev = b
		}
	}
	gained := other.size
	b.size += gained
	a.discard(other)
	return gained
}

// addSegment makes b the only block of a new segment.
func (a *Allocator) addSegment(b *block, expandable bool) {
	b.segment = &segment{first: b, size: b.size, expandable: expandable}
	at, _ := a.findSegment(b.address)
	a.segments = slices.Insert(a.segments, at, b.segment)
}

// dropSegment forgets the segment whose only block is b, and b.
func (a *Allocator) dropSegment(b *block) {
	at, _ := a.findSegment(b.address)
	a.segments = slices.Delete(a.segments, at, at+1)
	a.discard(b)
}

func (a *Allocator) findSegment(address uint64) (int, bool) {
	return slices.BinarySearchFunc(a.segments, address, func(s *segment, address uint64) int {
		switch {
		case s.first.address < address:
			return -1
		case s.first.address > address:
			return 1
		}
		return 0
	})
}
