package fragcalc

import "slices"

// release is what PyTorch's own release hands back. Whether anybody still holds
// a private pool does not show in a walk: the hopeful answer is that nobody does.
func (g *fitter) release(hopeful bool) int64 {
	if !g.returns.Known() {
		g.returns = Of(g.returnable(false))
	}
	if !hopeful {
		return g.returns.Or(0)
	}
	if !g.parked.Known() {
		g.parked = Of(g.returnable(true))
	}
	return g.returns.Or(0) + g.parked.Or(0)
}

func (g *fitter) returnable(private bool) int64 {
	sum := int64(0)
	for i := range g.pools {
		pool := &g.pools[i]
		if pool.IsPrivate() != private {
			continue
		}
		page := g.PageSize(pool.Small)
		for j := range pool.Segments {
			s := &pool.Segments[j]
			for free, part := range s.spans(true) {
				if free {
					sum += s.returnable(part.from, part.to, page)
				}
			}
		}
	}
	return sum
}

// garbage is what garbage collection hands back before the driver is asked: it
// goes by the ages of blocks, which a walk does not show, until reserved memory
// is below a threshold, or nothing is left to collect.
func (g *fitter) garbage(at phase, hopeful bool) int64 {
	if g.GCThreshold == 0 || !g.room.Allowed.Known() {
		return 0
	}
	target := g.held - int64(g.GCThreshold*float64(g.room.Allowed.Or(0)))
	if target <= 0 {
		return 0
	}
	sum := int64(0)
	for i := range g.pools {
		if pool := &g.pools[i]; !pool.IsPrivate() && !pool.Small {
			for b := range g.freeBlocks(pool, at) {
				if b.unsplit && !b.expandable {
					sum += b.size
				}
			}
		}
	}
	if hopeful {
		return sum
	}
	return min(target, sum)
}

// oversize are the blocks of a pool that can be handed back for one request
// while a maximum split size is set, and those that stand in their way, by size.
type oversize []freeBlock

func (g *fitter) oversize(pool *Pool, at phase) oversize {
	var all oversize
	if g.MaxSplitSize >= mostBytes {
		return nil
	}
	for b := range g.freeBlocks(pool, at) {
		if b.size >= g.MaxSplitSize {
			all = append(all, b)
		}
	}
	sortBlocks(all)
	return all
}

// evicts is how much is handed back for a request that wants so many bytes:
// one block that is large enough, else the largest ones until they are enough.
func (all oversize) evicts(wanted int64) (back int64, enough bool) {
	at, _ := slices.BinarySearchFunc(all, wanted, func(b freeBlock, wanted int64) int {
		if b.size < wanted {
			return -1
		}
		return 1
	})
	if at < len(all) && all[at].returnable() {
		return all[at].size, true
	}
	for i := at - 1; i >= 0 && back < wanted; i-- {
		if all[i].returnable() {
			back += all[i].size
		}
	}
	return back, back >= wanted
}

func (b freeBlock) returnable() bool { return b.unsplit && !b.expandable }
