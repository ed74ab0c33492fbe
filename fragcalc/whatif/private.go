package whatif

import (
	"errors"
	"fmt"
	"slices"
)

// privatePool is the memory of a CUDA graph or a MemPool.
type privatePool struct {
	holders int // 0 = abandoned: its free memory can be released
}

// BeginPool sends all allocations to a private pool until EndPool, as a graph
// capture or use_mem_pool does, and holds the pool. While any pool is in use,
// pending frees stay pending and running out of memory releases nothing.
func (a *Allocator) BeginPool(id [2]uint64) error {
	if id == [2]uint64{} {
		return errors.New("begin a private pool: the id 0,0 is that of the default pools")
	}
	if slices.Contains(a.route, id) {
		return fmt.Errorf("begin private pool %d,%d: already in use", id[0], id[1])
	}
	p := a.private[id]
	if p == nil {
		p = &privatePool{}
		a.private[id] = p
	}
	p.holders++
	a.route = append(a.route, id)
	return nil
}

// EndPool ends BeginPool. The pool stays held until ReleasePool.
func (a *Allocator) EndPool(id [2]uint64) error {
	at := slices.Index(a.route, id)
	if at < 0 {
		return fmt.Errorf("end private pool %d,%d: not in use", id[0], id[1])
	}
	a.route = slices.Delete(a.route, at, at+1)
	return nil
}

// ReleasePool gives up one hold on a private pool: the graph or MemPool is
// gone. A release returns the free memory of pools that nobody holds.
func (a *Allocator) ReleasePool(id [2]uint64) error {
	p := a.private[id]
	if p == nil || p.holders == 0 {
		return fmt.Errorf("release private pool %d,%d: nobody holds it", id[0], id[1])
	}
	p.holders--
	return nil
}

// releaseAbandoned hands back the free memory of private pools that nobody
// holds, and forgets those that have no memory left.
func (a *Allocator) releaseAbandoned() {
	for _, p := range a.pools {
		if p.owner != nil && p.owner.holders == 0 {
			a.releasePool(p)
		}
	}
	if len(a.private) == 0 {
		return
	}
	holding := map[*privatePool]bool{}
	for _, s := range a.segments {
		if s.first.mapped || s.first.isSplit() {
			holding[s.first.pool.owner] = true
		}
	}
	for id, p := range a.private {
		if p.holders == 0 && !holding[p] {
			a.forget(id, p)
		}
	}
}

// forget drops a private pool that has no memory, with the address space that
// it may have reserved.
func (a *Allocator) forget(id [2]uint64, p *privatePool) {
	delete(a.private, id)
	a.segments = slices.DeleteFunc(a.segments, func(s *segment) bool {
		if s.first.pool.owner != p {
			return false
		}
		a.driver.Unreserve(s.first.address, s.size)
		return true
	})
	a.pools = slices.DeleteFunc(a.pools, func(other *pool) bool { return other.owner == p })
	a.recent = [2]*pool{}
}
