package fragcalc

import (
	"cmp"
	"slices"
)

// FitContext is all that the fate of an allocation depends on.
type FitContext struct {
	Pools    []Pool // as GroupPools makes them
	Settings AllocatorSettings
	Room     Room
	Reserved Bytes
	Total    Bytes  // memory of the device
	Others   Bytes  // what other processes hold of it
	Reason   string // why nothing can be said; empty = something can
}

// FitContext returns what the fate of an allocation depends on, in a process of
// the snapshot.
func (s *Snapshot) FitContext(p *Process) FitContext {
	for i := range s.GPUs {
		if s.GPUs[i].UUID == p.GPUUUID {
			return p.FitContext(&s.GPUs[i])
		}
	}
	return p.FitContext(nil)
}

// FitContext returns what the fate of an allocation of the process depends on.
// gpu is its GPU, nil where unknown.
func (p *Process) FitContext(gpu *GPU) FitContext {
	c := FitContext{Pools: p.Pools, Settings: p.Settings, Room: p.Room, Reserved: p.Reserved}
	c.Total = Unknown[int64]("the GPU is not known")
	c.Others = c.Total
	if gpu != nil {
		c.Total = gpu.MemoryTotal
		c.Others = difference(gpu.MemoryUsed, p.GPUMemory)
	}
	switch {
	case !p.Reserved.Known():
		c.Reason = p.Reserved.Reason()
	case p.Settings.Backend != "" && p.Settings.Backend != "native":
		c.Reason = "its allocator, " + p.Settings.Backend + ", decides in the driver"
	case p.Framework.Name != "" && p.Framework.Name != "pytorch":
		c.Reason = "the allocator of " + p.Framework.Name + " is not modelled"
	case len(p.Pools) == 0 && p.Free.Or(1) > 0:
		c.Reason = cmp.Or(p.ReleaseEstimate.Reason(), "needs a walk")
	}
	return c
}

// WouldFit answers one question, by the steps of PyTorch's malloc: a cached
// block of the stream and pool; else the driver, after garbage collection where
// that is on; else the driver after oversize blocks have been handed back; else
// the driver after a release, when the cache is not searched again. It assumes
// that no stream capture is underway, but for a private pool, which serves one.
func (c FitContext) WouldFit(q FitQuestion) Verdict { return c.wouldFit(c.fitter(), q) }

// WouldFitOnStreams answers for every stream that has memory in the default
// pools, and for all others.
func (c FitContext) WouldFitOnStreams(size int64) []Verdict {
	var streams []uint64
	for i := range c.Pools {
		if !c.Pools[i].IsPrivate() {
			streams = append(streams, c.Pools[i].Stream)
		}
	}
	slices.Sort(streams)
	g := c.fitter()
	var verdicts []Verdict
	for _, stream := range slices.Compact(streams) {
		verdicts = append(verdicts, c.wouldFit(g, FitQuestion{Size: size, Stream: stream}))
	}
	return append(verdicts, c.wouldFit(g, FitQuestion{Size: size, Fresh: true}))
}

func (c FitContext) fitter() *fitter {
	g := newFitter(c.Pools, c.Settings, c.Room, c.Reserved.Or(0))
	g.total = min(max(c.Total.Or(mostBytes), 0), mostBytes)
	return g
}

func (c FitContext) wouldFit(g *fitter, q FitQuestion) Verdict {
	v := Verdict{FitQuestion: q, Kind: FitUnknown, Best: FitUnknown, Waited: FitUnknown, WaitedBest: FitUnknown, Reason: c.Reason}
	switch {
	case c.Reason != "":
		return v
	case q.Size <= 0:
		v.Reason = "the size must be positive"
		return v
	case q.Size > mostBytes:
		v.Kind, v.Best, v.Waited, v.WaitedBest = FitNone, FitNone, FitNone, FitNone
		v.Rounded, v.Segment, v.Needs = q.Size, q.Size, q.Size
		return v
	}
	v.Rounded = g.Round(q.Size)
	v.Segment = g.SegmentSize(v.Rounded)
	id := PoolID{Private: q.Private, Small: v.Rounded <= smallLimit, Stream: q.Stream}
	r := request{fitter: g, id: id, pool: g.pool(id, q.Fresh), rounded: v.Rounded}
	g.judge(&v, r)
	v.Obstacles = c.obstacles(r, &v)
	return v
}

// request is a rounded request to one pool; pool is nil where the pool has no
// memory yet.
type request struct {
	*fitter
	id      PoolID
	pool    *Pool
	rounded int64
}

func (g *fitter) pool(id PoolID, fresh bool) *Pool {
	for i := range g.pools {
		if g.pools[i].PoolID == id && !fresh {
			return &g.pools[i]
		}
	}
	return nil
}

// judge decides a request under the worst and the best outlook.
func (g *fitter) judge(v *Verdict, r request) {
	free, known := g.room.DeviceFree.Get()
	worst, best := outlook{free: max(0, free)}, outlook{free: max(0, free), hopeful: true}
	if !known {
		worst.free, best.free = 0, mostBytes
	}
	found := r.decide(asItIs, worst)
	v.Kind, v.Evicts = found.kind, found.evicts
	if found.block.unsure == 0 {
		v.Address, v.Block = found.block.address, found.block.size
	}
	v.Needs = g.need(r.pool, r.id, asItIs, r.rounded, false)
	v.Returns = g.release(false)
	v.Best, v.Waited, v.WaitedBest = v.Kind, v.Kind, v.Kind
	certain := known && g.certain(r.id)
	if v.Kind != FitCached && !certain {
		v.Best = r.decide(asItIs, best).kind
	}
	v.Waited, v.WaitedBest = v.Kind, v.Best
	if g.anyPending() && !r.id.IsPrivate() {
		// Their events may be complete already: the allocator looks when it is
		// asked. Then another block may fit better, or this one is part of a
		// larger one.
		later := r.decide(waited, worst)
		if later.block.address != v.Address {
			v.Address, v.Block = 0, 0
		}
		if v.Waited, v.WaitedBest = later.kind, later.kind; !certain {
			v.WaitedBest = r.decide(waited, best).kind
		}
	}
	switch {
	case v.Best == v.Kind && v.Waited == v.WaitedBest:
	case !known:
		v.Reason = "it depends on what the device has left: " + g.room.DeviceFree.Reason()
	case g.expandable && !g.whole:
		v.Reason = "it depends on where pages were unmapped before, or on private pools that nobody may hold"
	case g.GCThreshold > 0:
		v.Reason = "it depends on what garbage collection finds old, or on private pools that nobody may hold"
	default:
		v.Reason = "it depends on whether private pools are still held"
	}
}

// certain tells whether a walk shows all that a request depends on, but for
// what the device has.
func (g *fitter) certain(id PoolID) bool {
	_, sure := g.maps(id)
	return sure && (g.whole || !g.expandable) && g.garbage(waited, true) == 0 && g.release(true) == g.release(false)
}

// anyPending tells whether a block of a default pool is pending.
func (g *fitter) anyPending() bool {
	for i := range g.pools {
		for j := range g.pools[i].Segments {
			for _, b := range g.pools[i].Segments[j].Blocks {
				if b.State == BlockPending {
					return true
				}
			}
		}
	}
	return false
}

// decision is what the allocator does with a request.
type decision struct {
	kind   FitKind
	block  freeBlock // for FitCached
	evicts int64
}

// decide follows malloc.
func (r request) decide(at phase, o outlook) decision {
	if b, found := r.bestFit(r.pool, at, r.rounded); found && r.serves(b, r.rounded, o.hopeful) {
		return decision{kind: FitCached, block: b}
	}
	back := r.garbage(at, o.hopeful)
	if r.obtains(r.pool, r.id, at, r.rounded, back, o) {
		if b, found := r.ready(r.pool, r.id, at, r.rounded); found && (r.whole || o.hopeful) {
			return decision{kind: FitCached, block: b, evicts: back}
		}
		return decision{kind: FitNew, evicts: back}
	}
	// What garbage collection took is not there to be handed back again.
	if o.hopeful || r.garbage(at, true) == 0 {
		evicted, enough := r.oversize(r.pool, at).evicts(max(r.rounded, r.MaxSplitSize))
		if enough && r.obtains(r.pool, r.id, at, r.rounded, back+evicted, o) {
			return decision{kind: FitNew, evicts: back + evicted}
		}
	}
	if !r.id.IsPrivate() && r.obtains(r.pool, r.id, released, r.rounded, r.release(o.hopeful), o) {
		return decision{kind: FitRelease}
	}
	return decision{kind: FitNone}
}
