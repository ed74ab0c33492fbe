package fragcalc

import "slices"

// obstacles are what keeps a request from being served by the cache, and where
// it fails, what keeps it from being served at all.
func (c FitContext) obstacles(r request, v *Verdict) []Obstacle {
	if v.Kind == FitCached {
		return nil
	}
	var all []Obstacle
	if b, found := r.bestFit(r.pool, asItIs, r.rounded); found {
		all = append(all, Obstacle{Kind: SplitRule, Bytes: b.size, Address: b.address, Stream: r.id.Stream, Private: r.id.Private})
	} else if free, pending := r.free(); free >= r.rounded {
		all = append(all, Obstacle{Kind: StrandedFree, Bytes: free})
	} else if v.Waited == FitCached {
		all = append(all, Obstacle{Kind: PendingFrees, Bytes: pending})
	}
	all = append(all, r.elsewhere()...)
	if v.Kind == FitNew {
		return all
	}
	back := int64(0)
	if v.Kind == FitNone && !r.id.IsPrivate() {
		back = v.Returns
	}
	if r.room.Allowed.Known() && r.allowed-r.held+back < v.Segment {
		all = append(all, Obstacle{Kind: FractionCap, Bytes: r.allowed})
	}
	free, known := r.room.DeviceFree.Get()
	if lacking := v.Needs - back - max(0, free); known && lacking > 0 {
		all = append(all, Obstacle{Kind: DeviceFull, Bytes: lacking})
		if others := c.Others.Or(0); others > 0 {
			all = append(all, Obstacle{Kind: OtherProcess, Bytes: others})
		}
	}
	if r.id.IsPrivate() && r.obtains(r.pool, r.id, released, r.rounded, v.Returns, outlook{free: max(0, free)}) {
		all = append(all, Obstacle{Kind: NoRetryInPool, Bytes: v.Returns})
	}
	return all
}

// free is how many bytes of the request's own pool are free, and how many
// pending.
func (r request) free() (free, pending int64) {
	if r.pool == nil {
		return 0, 0
	}
	for i := range r.pool.Segments {
		for j := range r.pool.Segments[i].Blocks {
			switch b := &r.pool.Segments[i].Blocks[j]; b.State {
			case BlockFree:
				free += b.Size
			case BlockPending:
				pending += b.Size
			}
		}
	}
	return free, pending
}

// elsewhere are the blocks of other pools that would serve the request, the
// best of each kind of pool.
func (r request) elsewhere() []Obstacle {
	var all []Obstacle
	for i := range r.pools {
		pool := &r.pools[i]
		if pool == r.pool {
			continue
		}
		b, found := r.bestFit(pool, asItIs, r.rounded)
		if !found {
			continue
		}
		o := Obstacle{Kind: r.foreign(pool.PoolID), Bytes: b.size, Address: b.address, Stream: pool.Stream, Private: pool.Private}
		at := slices.IndexFunc(all, func(other Obstacle) bool { return other.Kind == o.Kind })
		switch {
		case at < 0:
			all = append(all, o)
		case o.Bytes < all[at].Bytes:
			all[at] = o
		}
	}
	return all
}

// foreign is why the blocks of another pool are out of reach.
func (r request) foreign(id PoolID) ObstacleKind {
	switch {
	case id.Private != r.id.Private && id.IsPrivate():
		return PrivatePool
	case id.Private != r.id.Private:
		return DefaultPool
	case id.Small != r.id.Small:
		return OtherPool
	}
	return OtherStream
}
