package whatif

import "github.com/gpufragtop/gpufragtop/fragcalc"

// releases tells whether the window holds releases, and how much was got from
// the driver after them.
func (r *recovery) releases() (released, grown bool, size int64) {
	for _, i := range r.driver {
		switch e := &r.events[i]; e.Kind {
		case fragcalc.TraceSegmentFree, fragcalc.TraceSegmentUnmap:
			released, grown, size = true, false, 0
		case fragcalc.TraceSegmentAlloc, fragcalc.TraceSegmentMap:
			grown, size = true, size+e.Size
		}
	}
	return released, grown, size
}

// explicit is a call of empty_cache. Private pools that it returns memory of
// were given up before.
func (r *recovery) explicit(event int) {
	r.certain++
	for _, i := range r.driver {
		if e := &r.events[i]; e.Kind == fragcalc.TraceSegmentFree || e.Kind == fragcalc.TraceSegmentUnmap {
			if id := r.player.a.privateAt(e.Address); id != [2]uint64{} {
				r.emit(op{kind: opDropPool, pool: r.p.pool(id), event: int32(i)})
				r.player.dropPool(id)
			}
		}
	}
	r.emit(op{kind: opEmptyCache, event: int32(event)})
	r.player.a.EmptyCache()
}

// release decides what the releases before an allocation were. Where the
// allocation was served from the cache afterwards, or could have been before,
// the program asked for them.
func (r *recovery) release(i int, e *fragcalc.TraceEvent, pool [2]uint64, grown bool, size int64) {
	a := r.player.a
	switch {
	case r.cached(e, pool) != nil, r.abandons(), !grown && !a.config.ExpandableSegments:
		r.explicit(i)
		r.complete()
	case r.waited():
		r.ownRetry(i)
	case r.grownBefore():
		r.emit(op{kind: opOwnRetry, event: int32(i)}) // as the model does it
	case r.partial():
		r.complete() // nothing was waited for
		r.follow()
	case grown && (r.p.config.GCThreshold > 0 && !r.releasesSmall() || r.oversizeOnly(e)):
		r.collected(i, e, pool)
	default:
		o := op{kind: opRetry, size: size, held: a.stats.Reserved.Current, event: int32(i)}
		a.EmptyCache() // leaves the same, whoever asked for it
		// What has been freed by waiting is not searched by an allocation that
		// releases: it is by one that follows a release.
		b := r.cached(e, pool)
		a.unsearched = grown && b != nil || !grown && (b == nil || b.address != e.Address)
		if a.unsearched {
			o.kind = opOwnRetry
			r.retries++
		}
		r.emit(o)
	}
}

// waited tells whether completions come after a release: garbage was collected,
// and when that was not enough everything was waited for and released.
func (r *recovery) waited() bool {
	released := false
	for _, i := range r.window {
		switch r.events[i].Kind {
		case fragcalc.TraceSegmentFree, fragcalc.TraceSegmentUnmap:
			released = true
		case fragcalc.TraceFreeCompleted:
			if released {
				return true
			}
		}
	}
	return false
}

// releasesSmall tells whether the window returns a small segment, which garbage
// collection never does.
func (r *recovery) releasesSmall() bool {
	for _, i := range r.driver {
		if e := &r.events[i]; e.Kind == fragcalc.TraceSegmentFree && e.Size == smallSegment {
			return true
		}
	}
	return false
}

// oversizeOnly tells whether all that the window returns are oversize blocks of
// the allocation's stream, as max_split_size_mb lets it do before it waits.
func (r *recovery) oversizeOnly(e *fragcalc.TraceEvent) bool {
	limit := r.player.a.config.MaxSplitSize
	for _, i := range r.driver {
		switch s := &r.events[i]; s.Kind {
		case fragcalc.TraceSegmentFree:
			if s.Size < limit || s.Stream != e.Stream {
				return false
			}
		case fragcalc.TraceSegmentUnmap:
			return false
		}
	}
	return true
}

// grownBefore tells whether pages were mapped before the first release: for an
// allocation that then needed more than the device had.
func (r *recovery) grownBefore() bool {
	return len(r.driver) > 0 && r.events[r.driver[0]].Kind == fragcalc.TraceSegmentMap
}

// ownRetry is a release that an allocation certainly did by itself.
func (r *recovery) ownRetry(i int) {
	r.retries++
	r.emit(op{kind: opOwnRetry, event: int32(i)})
	r.player.a.EmptyCache()
	r.player.a.unsearched = true
}

// collected is a release that may have been garbage collection, or that of
// oversize blocks: it waits for nothing, so that what has completed was free when the cache was searched. If
// the cache would have served the allocation then, it was a retry after all.
func (r *recovery) collected(i int, e *fragcalc.TraceEvent, pool [2]uint64) {
	before := len(r.p.ops)
	r.complete()
	if r.cached(e, pool) == nil {
		r.emit(op{kind: opCollected, held: r.player.a.stats.Reserved.Current, event: int32(i)})
		r.follow()
		return
	}
	r.late = append(r.late, r.p.ops[before:]...)
	r.p.ops = r.p.ops[:before]
	r.ownRetry(i)
}

// cached is the free block that would serve an allocation now.
func (r *recovery) cached(e *fragcalc.TraceEvent, pool [2]uint64) *block {
	a := r.player.a
	rounded := a.config.Round(e.Size)
	id := fragcalc.PoolID{Private: pool, Small: rounded <= smallLimit, Stream: e.Stream}
	for _, known := range a.pools {
		if known.id == id {
			b, _ := a.bestFit(known, rounded)
			return b
		}
	}
	return nil
}

// abandons tells whether the window returns memory of a private pool.
func (r *recovery) abandons() bool {
	for _, i := range r.driver {
		e := &r.events[i]
		if (e.Kind == fragcalc.TraceSegmentFree || e.Kind == fragcalc.TraceSegmentUnmap) && r.player.a.privateAt(e.Address) != [2]uint64{} {
			return true
		}
	}
	return false
}

// partial tells whether the releases of the window leave segments that a whole
// release would have returned: then it was garbage collection, or the release of
// single oversize blocks, which other settings would not have caused.
func (r *recovery) partial() bool {
	released, completed := map[uint64]bool{}, map[*block]bool{}
	for _, i := range r.window {
		switch e := &r.events[i]; e.Kind {
		case fragcalc.TraceSegmentFree:
			released[e.Address] = true
		case fragcalc.TraceFreeCompleted:
			if slot, known := r.slots[e.Address]; known && r.player.blocks[slot] != nil {
				completed[r.player.blocks[slot]] = true
			}
		}
	}
	if len(completed) < len(r.player.waiting) {
		return true // a whole release waits for all
	}
	for _, s := range r.player.a.segments {
		if s.first.pool.owner == nil && !s.expandable && !released[s.first.address] && isFreeOnce(s, completed) {
			return true
		}
	}
	return false
}

// isFreeOnce tells whether a segment is free once some blocks are.
func isFreeOnce(s *segment, completed map[*block]bool) bool {
	for b := s.first; b != nil; b = b.next {
		if !b.isFree() && !completed[b] {
			return false
		}
	}
	return true
}

// follow returns the segments that the window says were returned.
func (r *recovery) follow() {
	a := r.player.a
	for _, i := range r.driver {
		e := &r.events[i]
		if e.Kind != fragcalc.TraceSegmentFree {
			continue
		}
		if at, found := a.findSegment(e.Address); found {
			if b := a.segments[at].first; b.isFree() && !b.isSplit() && b.mapped {
				a.releaseSegment(b)
			}
		}
	}
}
