package whatif

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// findStart reconstructs the allocator's state at the beginning of a trace that
// does not reach back to an empty one, by undoing the trace from the walk at
// its end: first the memory that the allocator held, then the blocks that were
// live in it. What lies between them was free.
//
// One thing a trace cannot tell: an unsplit end of up to 1 MiB in the block of a
// large request. It is inferred, for a free block of a large pool is never that
// small.
func findStart(events []fragcalc.TraceEvent, final []fragcalc.Pool, known owners, config *Config) start {
	u := undo{config: config, owners: known, memory: map[uint64]memory{}}
	for i := range final {
		u.addFinal(&final[i])
	}
	for i := len(events) - 1; i >= 0; i-- {
		u.back(&events[i])
	}
	return u.start()
}

// undo runs a trace backwards.
type undo struct {
	config *Config
	owners owners
	memory map[uint64]memory // by address
	mapped []mapping         // of expandable segments, undone in order
	live   map[uint64]oldBlock
}

// memory is a segment, or a mapped range of an expandable one.
type memory struct {
	size       int64
	id         fragcalc.PoolID
	expandable bool
}

type mapping struct {
	from, to uint64
	add      bool
	id       fragcalc.PoolID
}

type oldBlock struct {
	size      int64 // 0 = unknown: requested only
	requested int64
	id        fragcalc.PoolID
	pending   bool
}

func (u *undo) addFinal(p *fragcalc.Pool) {
	if u.live == nil {
		u.live = map[uint64]oldBlock{}
	}
	for i := range p.Segments {
		s := &p.Segments[i]
		u.memory[s.Address] = memory{s.Size, p.PoolID, s.Expandable}
		for _, b := range s.Blocks {
			if b.State != fragcalc.BlockFree {
				u.live[b.Address] = oldBlock{b.Size, b.Requested, p.PoolID, b.State == fragcalc.BlockPending}
			}
		}
	}
}

// back undoes one event.
func (u *undo) back(e *fragcalc.TraceEvent) {
	if u.live == nil {
		u.live = map[uint64]oldBlock{}
	}
	switch e.Kind {
	case fragcalc.TraceAlloc:
		delete(u.live, e.Address)
	case fragcalc.TraceFreeCompleted:
		u.live[e.Address] = oldBlock{requested: e.Size, id: u.id(e, e.Size <= smallLimit), pending: true}
	case fragcalc.TraceFreeRequested:
		b := u.live[e.Address]
		if b.requested == 0 {
			b = oldBlock{requested: e.Size, id: u.id(e, e.Size <= smallLimit)}
		}
		b.pending = false
		u.live[e.Address] = b
	case fragcalc.TraceSegmentAlloc:
		delete(u.memory, e.Address)
	case fragcalc.TraceSegmentFree:
		u.memory[e.Address] = memory{e.Size, u.id(e, e.Size == smallSegment), false}
	case fragcalc.TraceSegmentMap:
		u.mapped = append(u.mapped, mapping{e.Address, e.Address + uint64(e.Size), false, u.id(e, u.isSmall(e))})
	case fragcalc.TraceSegmentUnmap:
		u.mapped = append(u.mapped, mapping{e.Address, e.Address + uint64(e.Size), true, u.id(e, u.isSmall(e))})
	}
}

// isSmall tells whether pages are those of a small pool: no multiple of a large
// pool's. Some are both; a live block in them decides then.
func (u *undo) isSmall(e *fragcalc.TraceEvent) bool {
	return e.Size%u.config.WithDefaults().LargeSegmentSize != 0
}

// id is the pool of an event's memory: the one that is there at the end, else
// what the event itself says.
func (u *undo) id(e *fragcalc.TraceEvent, small bool) fragcalc.PoolID {
	if id, known := u.owners.at(e.Address); known && id.Stream == e.Stream {
		return id
	}
	id := fragcalc.PoolID{Small: small, Stream: e.Stream}
	if e.Pooled {
		id.Private = e.Private
	}
	return id
}

// start puts the old blocks into the old memory.
func (u *undo) start() start {
	var s start
	ranges := u.ranges()
	addresses := make([]uint64, 0, len(u.live))
	for address := range u.live {
		addresses = append(addresses, address)
	}
	slices.Sort(addresses)
	next := 0
	for _, r := range ranges {
		for next < len(addresses) && addresses[next] < r.Address {
			next++ // in no memory: the trace contradicts itself
		}
		first := next
		end := r.Address + uint64(r.Size)
		for next < len(addresses) && addresses[next] < end {
			next++
		}
		if first < next { // blocks say themselves what kind of pool they are in
			r.Small = u.live[addresses[first]].id.Small
		}
		s.add(u.config, r, addresses[first:next], u.live)
	}
	return s
}

// ranges is the memory at the start, in address order; touching ranges of
// expandable segments of one pool are one.
func (u *undo) ranges() []fragcalc.WalkSegment {
	var out []fragcalc.WalkSegment
	var expandable []mapping
	for address, m := range u.memory {
		if m.expandable {
			expandable = append(expandable, mapping{address, address + uint64(m.size), true, m.id})
			continue
		}
		out = append(out, walkSegment(address, m.size, m.id, false))
	}
	slices.SortFunc(expandable, func(a, b mapping) int { return cmp.Compare(a.from, b.from) })
	for _, m := range u.mapped {
		if m.add {
			expandable = addRange(expandable, m)
		} else {
			expandable = cutRange(expandable, m)
		}
	}
	for _, m := range expandable {
		out = append(out, walkSegment(m.from, int64(m.to-m.from), m.id, true))
	}
	slices.SortFunc(out, func(a, b fragcalc.WalkSegment) int { return cmp.Compare(a.Address, b.Address) })
	return out
}

func walkSegment(address uint64, size int64, id fragcalc.PoolID, expandable bool) fragcalc.WalkSegment {
	return fragcalc.WalkSegment{PoolID: id, Segment: fragcalc.Segment{Address: address, Size: size, Expandable: expandable}}
}

// addRange adds a range to others, which are sorted and apart.
func addRange(ranges []mapping, m mapping) []mapping {
	ranges = cutRange(ranges, m)
	at, _ := slices.BinarySearchFunc(ranges, m.from, func(r mapping, from uint64) int { return cmp.Compare(r.from, from) })
	if at < len(ranges) && ranges[at].from == m.to && ranges[at].id.Stream == m.id.Stream {
		m.to, m.id = ranges[at].to, ranges[at].id
		ranges = slices.Delete(ranges, at, at+1)
	}
	if at > 0 && ranges[at-1].to == m.from && ranges[at-1].id.Stream == m.id.Stream {
		ranges[at-1].to = m.to
		return ranges
	}
	return slices.Insert(ranges, at, m)
}

// cutRange takes a range out of others.
func cutRange(ranges []mapping, m mapping) []mapping {
	var out []mapping
	for _, r := range ranges {
		if r.to <= m.from || r.from >= m.to {
			out = append(out, r)
			continue
		}
		if r.from < m.from {
			out = append(out, mapping{r.from, m.from, true, r.id})
		}
		if r.to > m.to {
			out = append(out, mapping{m.to, r.to, true, r.id})
		}
	}
	return out
}

// add lays out one segment: the live blocks, and free ones between them.
func (s *start) add(config *Config, r fragcalc.WalkSegment, addresses []uint64, live map[uint64]oldBlock) {
	end := r.Address + uint64(r.Size)
	at := r.Address
	for i, address := range addresses {
		b := live[address]
		limit := end
		if i+1 < len(addresses) {
			limit = addresses[i+1]
		}
		size := b.size
		if size == 0 {
			size = config.Round(max(b.requested, 1))
		}
		size = min(size, int64(limit-address))
		if gap := int64(limit-address) - size; gap < minBlock || !r.Expandable && !r.Small && gap <= smallLimit {
			size += gap
		}
		if at < address {
			r.Blocks = append(r.Blocks, fragcalc.Block{Address: at, Size: int64(address - at)})
		}
		state := fragcalc.BlockUsed
		if b.pending {
			state = fragcalc.BlockPending
		}
		r.Blocks = append(r.Blocks, fragcalc.Block{Address: address, Size: size, Requested: b.requested, State: state})
		s.blocks = append(s.blocks, older{address, int32(len(s.blocks)), b.pending})
		at = address + uint64(size)
	}
	if at < end {
		r.Blocks = append(r.Blocks, fragcalc.Block{Address: at, Size: int64(end - at)})
	}
	s.segments = append(s.segments, r)
}
