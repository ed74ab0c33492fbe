package tui

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// scope is a look at a process narrowed to the pool or segment of a place, as a
// process of its own: its figures are those of that part. One that is not there
// holds nothing.
func scope(p *fragcalc.Process, at place, segment memoryRange) *fragcalc.Process {
	if at.level < poolLevel || p.Pools == nil {
		return p
	}
	part := *p
	part.Pools = []fragcalc.Pool{}
	for i := range p.Pools {
		pool := p.Pools[i]
		if pool.PoolID != at.pool {
			continue
		}
		if at.level >= segmentLevel {
			pool.Segments = segment.segments(pool.Segments)
		}
		part.Pools = append(part.Pools, pool)
		if at.level < segmentLevel {
			part.Figures = pool.Figures
			return &part
		}
	}
	part.Figures = fragcalc.Measure(part.Pools, p.Settings)
	return &part
}

// memoryRange is the addresses of a segment.
type memoryRange struct{ from, to uint64 }

// segments are those that lie in the range, wholly or in part.
func (r memoryRange) segments(all []fragcalc.Segment) []fragcalc.Segment {
	var found []fragcalc.Segment
	for i := range all {
		if s := &all[i]; s.Address < r.to && s.Address+uint64(s.Size) > r.from {
			found = append(found, *s)
		}
	}
	return found
}

// segmentRange is where the segment of a place is, as it was seen in one of the
// looks, the first that knows it; false where none does.
func segmentRange(at place, looks ...*fragcalc.Process) (memoryRange, bool) {
	for _, p := range looks {
		for i := range p.Pools {
			if p.Pools[i].PoolID != at.pool {
				continue
			}
			if j := segmentAt(&p.Pools[i], at.segment); j >= 0 {
				s := &p.Pools[i].Segments[j]
				return memoryRange{s.Address, s.Address + uint64(s.Size)}, true
			}
		}
	}
	return memoryRange{}, false
}
