package whatif

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// owners tells which pool the memory at an address belongs to, from the walk at
// a trace's end.
type owners struct{ ranges []ownedRange } // in address order, apart from one another

type ownedRange struct {
	from, to uint64
	id       fragcalc.PoolID
}

func newOwners(final []fragcalc.Pool) owners {
	var o owners
	for i := range final {
		for j := range final[i].Segments {
			s := &final[i].Segments[j]
			o.ranges = append(o.ranges, ownedRange{s.Address, s.Address + uint64(s.Size), final[i].PoolID})
		}
	}
	slices.SortFunc(o.ranges, func(a, b ownedRange) int { return cmp.Compare(a.from, b.from) })
	return o
}

// at returns the pool that an address belongs to at the end.
func (o owners) at(address uint64) (fragcalc.PoolID, bool) {
	i, found := slices.BinarySearchFunc(o.ranges, address, func(r ownedRange, address uint64) int {
		return cmp.Compare(r.from, address)
	})
	if !found {
		i--
	}
	if i < 0 || address >= o.ranges[i].to {
		return fragcalc.PoolID{}, false
	}
	return o.ranges[i].id, true
}

// pool is the private pool that an allocation came from; 0,0 = none. Where the
// trace does not say, it is that of its segment: an older one's is known, and a
// new one's only if it stays to the end.
func (r *recovery) pool(e *fragcalc.TraceEvent) [2]uint64 {
	if e.Pooled {
		return e.Private
	}
	for _, i := range r.driver {
		s := &r.events[i]
		if s.Kind == fragcalc.TraceSegmentAlloc && e.Address >= s.Address && e.Address < s.Address+uint64(s.Size) {
			if id, known := r.owners.at(s.Address); known && id.Stream == e.Stream && r.stays[i] {
				return id.Private
			}
			return [2]uint64{}
		}
	}
	return r.player.a.privateAt(e.Address)
}

// staying tells which of the trace's segments are never given back.
func staying(events []fragcalc.TraceEvent) map[int]bool {
	stays, freed := map[int]bool{}, map[uint64]bool{}
	for i := len(events) - 1; i >= 0; i-- {
		switch e := &events[i]; e.Kind {
		case fragcalc.TraceSegmentFree:
			freed[e.Address] = true
		case fragcalc.TraceSegmentAlloc:
			if !freed[e.Address] {
				stays[i] = true
			}
			delete(freed, e.Address)
		}
	}
	return stays
}

// privateAt is the private pool of the segment that holds an address; 0,0 = none.
func (a *Allocator) privateAt(address uint64) [2]uint64 {
	i, found := a.findSegment(address)
	if !found {
		i--
	}
	if i < 0 || address >= a.segments[i].first.address+uint64(a.segments[i].size) {
		return [2]uint64{}
	}
	return a.segments[i].first.pool.id.Private
}
