package advice

import "github.com/gpufragtop/gpufragtop/fragcalc"

// poolShare is the share of reserved memory that must be free in the wrong
// place.
const poolShare = 0.10

// streamFree is what the default pools of one stream hold, in bytes.
type streamFree struct {
	stream              uint64
	used, free, largest int64
}

// streams sums up the default pools by stream; small pools serve other requests
// and are left out.
func (c *subject) streams() []streamFree {
	var list []streamFree
	for i := range c.Pools {
		pool := &c.Pools[i]
		if pool.IsPrivate() || pool.Small {
			continue
		}
		list = append(list, streamFree{pool.Stream, pool.Used.Or(0), pool.Free.Or(0), pool.LargestFree.Or(0)})
	}
	return list
}

// otherStream: much of the free memory belongs to streams other than the one
// that uses most, whose requests cannot have it.
func otherStream(c *subject) *Advice {
	streams := c.streams()
	if len(streams) < 2 {
		return nil
	}
	home := 0
	for i := range streams {
		if streams[i].used > streams[home].used {
			home = i
		}
	}
	var free int64
	worst := streamFree{free: -1}
	for i, s := range streams {
		if i == home {
			continue
		}
		free += s.free
		if s.free > worst.free {
			worst = s
		}
	}
	if !matters(free, c.reserved, poolShare) {
		return nil
	}
	return &Advice{
		Text: size(free) + " free belongs to " + plural(len(streams)-1, "other stream") + ", most to stream " + hex(worst.stream) +
			" (largest block " + size(worst.largest) + "): requests on stream " + hex(streams[home].stream) +
			", which uses most, cannot have it. Allocate large tensors on one stream.",
		Evidence: []Figure{
			{"other_streams_free_bytes", free}, {"stream", hex(worst.stream)}, {"largest_free_block_bytes", worst.largest},
			{"busiest_stream", hex(streams[home].stream)},
		},
		Expected: fragcalc.Unknown[int64]("depends on what each stream asks for"), worth: free,
	}
}

// smallPool: much of the free memory is in the small pool.
func smallPool(c *subject) *Advice {
	var free int64
	for i := range c.Pools {
		if c.Pools[i].Small && !c.Pools[i].IsPrivate() {
			free += c.Pools[i].Free.Or(0)
		}
	}
	if !matters(free, c.reserved, poolShare) {
		return nil
	}
	return &Advice{
		Text: size(free) + " free is in the small pool, which serves requests up to 1 MiB only: a burst of small tensors left it. " +
			"Fewer, larger tensors (one flat buffer, a fused optimizer) avoid it.",
		Evidence: []Figure{{"small_pool_free_bytes", free}},
		Expected: fragcalc.Unknown[int64]("depends on what keeps its segments"), worth: free,
	}
}

// parked: much memory is free inside private pools.
func parked(c *subject) *Advice {
	free, ok := c.Parked.Get()
	if !ok || c.walk.private == 0 || !matters(free, c.reserved, poolShare) {
		return nil
	}
	return &Advice{
		Text: size(free) + " is parked in " + plural(c.walk.private, "private pool") + " (CUDA graphs, MemPools): kept by design, no fragmentation. " +
			"Graphs that share one pool, fewer captured shapes, or dropping graphs no longer used need less.",
		Evidence: []Figure{{"parked_bytes", free}, {"private_pools", int64(c.walk.private)}},
		Expected: fragcalc.Unknown[int64]("depends on which graphs are still used"), worth: free / 2,
	}
}
