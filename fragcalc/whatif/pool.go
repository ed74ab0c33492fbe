package whatif

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// pool holds the free blocks that one stream can get from the small or large
// pool, default or private. Free blocks never move between pools.
type pool struct {
	id       fragcalc.PoolID
	owner    *privatePool // nil for the default pools
	free     blockSet     // by size, then address
	unmapped blockSet     // address space of expandable segments, by address
}

// poolFor returns the pool that serves a rounded size on a stream.
func (a *Allocator) poolFor(rounded int64, stream uint64) *pool {
	id := fragcalc.PoolID{Small: rounded <= smallLimit, Stream: stream}
	if len(a.route) > 0 {
		id.Private = a.route[len(a.route)-1]
	}
	recent := &a.recent[0]
	if id.Small {
		recent = &a.recent[1]
	}
	if *recent == nil || (*recent).id != id {
		*recent = a.findPool(id)
	}
	return *recent
}

func (a *Allocator) findPool(id fragcalc.PoolID) *pool {
	at, found := slices.BinarySearchFunc(a.pools, id, func(p *pool, id fragcalc.PoolID) int {
		return compareRelease(p.id, id)
	})
	if !found {
		a.pools = slices.Insert(a.pools, at, &pool{id: id, owner: a.private[id.Private]})
	}
	return a.pools[at]
}

// compareRelease orders pools as a release visits them: the default ones large
// before small, then the private ones small before large, by stream.
func compareRelease(a, b fragcalc.PoolID) int {
	if order := slices.Compare(a.Private[:], b.Private[:]); order != 0 {
		return order
	}
	if a.Small != b.Small {
		if a.Small == a.IsPrivate() {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.Stream, b.Stream)
}

// insertFree puts a free, mapped block into its pool.
func (a *Allocator) insertFree(b *block) {
	b.freedAt = a.searches
	b.pool.free.insert(b.size, b.address, b)
}

// takeBestFit takes the free block that serves a request out of its pool, as
// bestFit finds it.
func (a *Allocator) takeBestFit(p *pool, rounded int64) *block {
	if a.collects() && p.owner == nil && !p.id.Small {
		a.searches++
	}
	b, at := a.bestFit(p, rounded)
	if b != nil {
		p.free.removeAt(at)
	}
	return b
}

// bestFit finds the free block that serves a request: the smallest that is
// large enough, the lowest address among equals. It returns nil when there is
// none or when the rules for oversize blocks forbid that one; PyTorch looks no
// further then.
func (a *Allocator) bestFit(p *pool, rounded int64) (*block, cursor) {
	c := p.free.seek(rounded, 0)
	b := p.free.at(c)
	if b == nil {
		return nil, c
	}
	for b.segment.expandable { // counts with the room it can grow into
		next := p.free.after(c)
		larger := p.free.at(next)
		if larger == nil || room(larger) >= room(b) {
			break
		}
		c, b = next, larger
	}
	limit := a.config.MaxSplitSize
	if rounded < limit && b.size >= limit {
		return nil, c
	}
	if rounded >= limit && b.size-rounded >= a.config.MaxNonSplitRounding {
		return nil, c
	}
	return b, c
}

// room is the size of a free block and of the unmapped range behind it.
func room(b *block) int64 {
	if b.next != nil && !b.next.mapped {
		return b.size + b.next.size
	}
	return b.size
}
