package fragcalc

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
// been released, from the walk that f was measured from. It answers the
// question of WouldFit the other way round, for requests that need no retry,
// since that is a release.
//
// It takes the best stream: a request on another one may find less. It assumes
// that driver memory has no holes: the driver maps pages of 2 MiB anywhere.
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
	g := newFitter(pools, settings, room, reserved)
	g.returns = Of(estimate)
	f.FitsNow = g.figure(asItIs)
	f.FitsAfterRelease = g.figure(released)
}

// figure is the largest request in a phase; unknown where it depends on what
// the driver has, and that is unknown.
func (g *fitter) figure(at phase) Bytes {
	if free, known := g.room.DeviceFree.Get(); known {
		return Of(g.largestFit(at, max(0, free)))
	}
	if least := g.largestFit(at, 0); least == g.largestFit(at, mostBytes) {
		return Of(least) // the cap leaves no room for what the driver may have
	}
	return Unknown[int64](g.room.DeviceFree.Reason())
}
