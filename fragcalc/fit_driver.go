package fragcalc

// outlook is one view of what a walk does not tell.
type outlook struct {
	free    int64 // on the device
	hopeful bool  // take what is uncertain to be in favour of the request
}

// growable tells whether the walk shows how the expandable segments of a pool
// grow. Pages unmapped below the first mapped one do not show.
func (g *fitter) growable(pool *Pool) bool { return g.expandable && g.whole && pool != nil }

// runs tells of the runs of free and unmapped space in a pool, lowest first.
func (g *fitter) runs(pool *Pool, at phase, asked, driver int64, done func(run)) {
	if pool == nil {
		return
	}
	grow := growth{page: g.PageSize(pool.Small), driver: driver, asked: asked, done: done}
	for s, behind := range g.places(pool) {
		if !s.Expandable || at == released && g.whole && g.givenUp(pool, s) {
			continue
		}
		for free, part := range s.spans(at != asItIs) {
			switch {
			case !free:
				grow.barrier()
			case at == released && !pool.IsPrivate():
				from, to := s.returned(part.from, part.to, grow.page)
				grow.free(s.Address+uint64(part.from), from-part.from)
				grow.unmapped(to - from)
				grow.free(s.Address+uint64(to), part.to-to)
			default:
				grow.free(s.Address+uint64(part.from), part.to-part.from)
			}
		}
		grow.unmapped(behind.space)
		if !behind.joined {
			grow.barrier()
		}
	}
}

// givenUp tells whether a release unmaps all of a range: then its reservation
// is given up.
func (g *fitter) givenUp(pool *Pool, s *Segment) bool {
	if pool.IsPrivate() {
		return false
	}
	for _, part := range s.spans(true) {
		return part == span{0, s.Size} && s.returnable(0, s.Size, g.PageSize(pool.Small)) == s.Size
	}
	return false
}

// need is what the driver must have for a new block of a rounded size: a
// segment, or the pages that an expandable one lacks.
func (g *fitter) need(pool *Pool, id PoolID, at phase, rounded int64, hopeful bool) int64 {
	segment, pages := g.SegmentSize(rounded), roundUp(rounded, g.PageSize(id.Small))
	expandable, sure := g.maps(id)
	switch {
	case !sure && hopeful:
		return min(segment, pages)
	case !sure:
		return max(segment, pages)
	case !expandable:
		return segment
	case pool == nil || !g.whole && !hopeful:
		return pages
	}
	key := needOf{poolAt{pool, at}, id.Small, rounded, hopeful}
	if known, ok := g.needs[key]; ok {
		return known
	}
	need, chosen := pages, false
	g.runs(pool, at, rounded, 0, func(r run) {
		if r.space < rounded || chosen && g.whole {
			return
		}
		if chosen || !g.whole {
			need = min(need, r.need)
		} else {
			need = r.need
		}
		chosen = true
	})
	if !g.whole { // pages may have been unmapped just below any range
		for s := range g.places(pool) {
			for free, part := range s.spans(at != asItIs) {
				if free && s.Expandable {
					need = min(need, roundUp(max(rounded-part.to+part.from, 1), g.PageSize(id.Small)))
				}
				break
			}
		}
	}
	g.needs[key] = need
	return need
}

// ready is the block that a request gets when it asks the driver and the lowest
// run begins with a block that is large enough: that one, though the rules for
// oversize blocks kept the cache from handing it out.
func (g *fitter) ready(pool *Pool, id PoolID, at phase, rounded int64) (b freeBlock, found bool) {
	if expandable, _ := g.maps(id); !expandable || g.MaxSplitSize >= mostBytes {
		return b, false
	}
	chosen := false
	g.runs(pool, at, rounded, 0, func(r run) {
		if !chosen && r.space >= rounded {
			chosen, found = true, r.lead >= rounded
			b = freeBlock{address: r.address, size: r.lead, expandable: true}
		}
	})
	return b, found
}

// maps tells whether new memory of a pool is mapped into expandable segments.
// For private pools that depends on the version, so it is taken from what such
// pools have, and is unsure where they have nothing.
func (g *fitter) maps(id PoolID) (expandable, sure bool) {
	if !g.expandable || !id.IsPrivate() {
		return g.expandable, true
	}
	for i := range g.pools {
		if g.pools[i].IsPrivate() && len(g.pools[i].Segments) > 0 {
			return g.pools[i].Segments[0].Expandable, true
		}
	}
	return false, false
}

// obtains tells whether the driver and the cap let a pool have a new block, with
// some bytes given back before.
func (g *fitter) obtains(pool *Pool, id PoolID, at phase, rounded, back int64, o outlook) bool {
	if g.allowed-g.held+back < g.SegmentSize(rounded) {
		return false
	}
	if o.free+back >= max(g.SegmentSize(rounded), roundUp(rounded, g.PageSize(id.Small))) {
		return true // enough, however much is there already
	}
	return o.free+back >= g.need(pool, id, at, rounded, o.hopeful)
}

// largestNew is the largest rounded request of a band for which a default pool
// gets a new block; 0 when there is none.
func (g *fitter) largestNew(pool *Pool, at phase, b band, back, free int64) int64 {
	capped := g.most(b, g.allowed-g.held+back)
	if !g.expandable {
		return g.within(b, min(capped, g.most(b, free+back)))
	}
	best, passed := int64(0), int64(0) // passed: smaller requests go to a lower run
	consider := func(r run) {
		if size := g.within(b, min(capped, r.space, r.reach)); size > passed {
			best = max(best, size)
		}
		passed = max(passed, r.space)
	}
	if g.growable(pool) {
		g.runs(pool, at, 0, free+back, consider)
	}
	consider(run{space: mostBytes, reach: roundDown(free+back, g.PageSize(b.to <= smallLimit))})
	return best
}
