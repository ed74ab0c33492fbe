package tui

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// run is a stretch of a segment in one state.
type run struct {
	size  int64
	state paint.Role
}

// roleOf is how each state is drawn.
var roleOf = [...]paint.Role{
	fragcalc.StateUsed: paint.Used, fragcalc.StateRounding: paint.Rounding, fragcalc.StatePending: paint.Pending,
	fragcalc.StateStranded: paint.Stranded, fragcalc.StateReleasable: paint.Releasable, fragcalc.StateParked: paint.Parked,
	fragcalc.StateUnseen: paint.Unseen,
}

// segmentRuns appends the runs of a segment, in address order.
func segmentRuns(runs []run, pool fragcalc.PoolID, segment *fragcalc.Segment, settings fragcalc.AllocatorSettings) []run {
	for state, size := range segment.States(pool, settings) {
		runs = append(runs, run{size, roleOf[state]})
	}
	return runs
}

// blockSizes is what each block of a segment is in.
func blockSizes(pool fragcalc.PoolID, segment *fragcalc.Segment, settings fragcalc.AllocatorSettings) []sizes {
	runs := segmentRuns(nil, pool, segment, settings)
	blocks := make([]sizes, len(segment.Blocks))
	for i := range blocks {
		left := segment.Blocks[i].Size
		for left > 0 && len(runs) > 0 {
			take := min(left, runs[0].size)
			blocks[i].add(run{take, runs[0].state})
			left -= take
			if runs[0].size -= take; runs[0].size == 0 {
				runs = runs[1:]
			}
		}
	}
	return blocks
}

// sizes are bytes by state, from paint.Used on.
type sizes [paint.StateCount]int64

func (s *sizes) add(r run)                 { s[r.state-paint.Used] += r.size }
func (s *sizes) of(state paint.Role) int64 { return s[state-paint.Used] }

func (s *sizes) total() int64 {
	var total int64
	for _, size := range s {
		total += size
	}
	return total
}
