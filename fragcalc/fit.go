package fragcalc

import "math"

// Room is what limits new segments of a process on a device, in bytes.
type Room struct {
	DeviceFree Bytes // free on the device, as the driver says
	Allowed    Bytes // cap of the process's memory fraction; unknown = no cap
	// DeviceFrees is how often the allocator has handed memory back
	// (num_device_free). A walk does not show pages unmapped below an expandable
	// segment's first mapped one, which a request may be sent to. Only where it
	// is known to be 0 do free blocks count that newly mapped pages could
	// enlarge; a number of bytes it is not.
	DeviceFrees Count
}

// Fit fills FitsNow, the largest single request that would succeed from the
// cache or as new memory, and FitsAfterRelease, the same once the cache has
// been released, from the walk that f was measured from. It follows steps 2 to
// 8 of PyTorch's malloc without its retry, which is a release.
//
// It takes the best stream: a request on another one may find less. It assumes
// that driver memory has no holes: the driver maps pages of 2 MiB anywhere.
// Requests that roundup_power2_divisions enlarges may find less.
//
// Where the driver's free bytes are unknown, so are both figures, unless the
// process's cap leaves no room for new memory.
func (f *Figures) Fit(pools []Pool, settings AllocatorSettings, room Room) {
	reserved, known := f.Reserved.Get()
	estimate, walked := f.ReleaseEstimate.Get()
	if !known || !walked || f.Free.Or(0) > 0 && len(pools) == 0 {
		reason := f.ReleaseEstimate.Reason()
		if walked {
			reason = "needs a walk"
		}
		f.FitsNow, f.FitsAfterRelease = Unknown[int64](reason), Unknown[int64](reason)
		return
	}
	now := fitting{pools: pools, settings: settings, expandable: settings.expandable(pools), whole: room.DeviceFrees == Of[int64](0)}
	after := now
	after.released = true
	f.FitsNow = now.within(room, reserved, 0)
	f.FitsAfterRelease = after.within(room, reserved-estimate, estimate)
}

// fitting finds the largest request that a process's allocator can serve.
type fitting struct {
	pools      []Pool
	settings   AllocatorSettings
	expandable bool // new memory is mapped into expandable segments
	whole      bool // the walk shows all address space in use: nothing was ever unmapped
	released   bool // pretend that the cache has been released
}

// within is the largest request, with held bytes reserved and some bytes more
// free on the device than the driver says.
func (g fitting) within(room Room, held, more int64) Bytes {
	limit := int64(math.MaxInt64) // of a request's segment
	if allowed, capped := room.Allowed.Get(); capped {
		limit = max(0, allowed-held)
	}
	if free, known := room.DeviceFree.Get(); known {
		return Of(g.largest(max(0, free)+more, limit))
	}
	if least := g.largest(more, limit); least == g.largest(math.MaxInt64/2, limit) {
		return Of(least) // the cap leaves no room for what the driver may have
	}
	return Unknown[int64](room.DeviceFree.Reason())
}

// largest is the best of all default pools and of a pool on a stream that has
// no memory yet, when the driver has some bytes and the cap leaves limit bytes.
func (g fitting) largest(driver, limit int64) int64 {
	best := int64(0)
	limit = g.settings.largestFor(limit)
	if g.expandable {
		for _, small := range []bool{false, true} {
			mapped := roundDown(driver, g.settings.page(small))
			best = max(best, served(small, min(mapped, limit)))
		}
	} else {
		best = min(g.settings.largestFor(driver), limit)
	}
	for i := range g.pools {
		pool := &g.pools[i]
		if pool.IsPrivate() {
			continue // serves its graph or MemPool only
		}
		cached, grown := g.search(pool, driver)
		best = max(best, served(pool.Small, cached), served(pool.Small, min(grown, limit)))
	}
	return best
}

// search returns the largest free block of a pool, and the largest that could
// be made by mapping pages.
func (g fitting) search(pool *Pool, driver int64) (cached, grown int64) {
	grow := growth{page: g.settings.page(pool.Small), driver: driver}
	ranges := 0
	for i := range pool.Segments {
		s := &pool.Segments[i]
		if s.Expandable {
			grow.barrier() // another reservation
			ranges++
		}
		for free, part := range s.spans(g.released) {
			switch {
			case free && s.Expandable && g.expandable:
				cached = max(cached, g.expandableRange(&grow, s, part))
			case free && !s.Expandable:
				cached = max(cached, g.left(s, part))
			case s.Expandable:
				grow.barrier()
			}
		}
	}
	if ranges == 0 || !g.expandable || !g.whole {
		return cached, 0
	}
	grow.end()
	return cached, grow.best
}

// left is what remains of a free range of a segment that is not expandable.
func (g fitting) left(s *Segment, part span) int64 {
	if g.released && s.returnable(part.from, part.to, 1) > 0 {
		return 0
	}
	return part.to - part.from
}

// expandableRange tells grow of a free range, or of what a release leaves of
// it, and returns the larger block of it that remains.
func (g fitting) expandableRange(grow *growth, s *Segment, part span) int64 {
	gone := span{part.to, part.to}
	if g.released {
		if from, to := s.returned(part.from, part.to, grow.page); from < to {
			gone = span{from, to}
		}
	}
	before, after := gone.from-part.from, part.to-gone.to
	grow.free(before)
	grow.unmapped(gone.to - gone.from)
	grow.free(after)
	return max(before, after)
}
