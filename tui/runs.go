package tui

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Pages of expandable segments, which PyTorch maps and unmaps as wholes.
const (
	smallPage = 2 << 20
	largePage = 20 << 20
)

// run is a stretch of a segment in one state.
type run struct {
	size  int64
	state paint.Role
}

// segmentRuns appends the runs of a segment, in address order. What of a free
// stretch could be handed back follows fragcalc.Measure: all of a segment that
// is wholly free, and of expandable segments the whole pages inside.
func segmentRuns(runs []run, pool fragcalc.PoolID, segment *fragcalc.Segment, settings fragcalc.AllocatorSettings) []run {
	if len(segment.Blocks) == 0 { // they were not recorded
		return appendRun(runs, segment.Size, paint.Unseen)
	}
	page := pageOf(pool, settings)
	var at, free int64 // bytes before this block, and those of the free blocks just before it
	for i := range segment.Blocks {
		block := &segment.Blocks[i]
		at += block.Size
		if block.State == fragcalc.BlockFree {
			free += block.Size
			continue
		}
		runs = freeRuns(runs, pool, segment, at-block.Size-free, free, page)
		free = 0
		state := paint.Used
		if block.State == fragcalc.BlockPending {
			state = paint.Pending
		}
		requested := min(max(block.Requested, 0), block.Size)
		runs = appendRun(runs, requested, state)
		runs = appendRun(runs, block.Size-requested, paint.Rounding)
	}
	return freeRuns(runs, pool, segment, at-free, free, page)
}

// freeRuns appends the runs of a free stretch that starts at an offset.
func freeRuns(runs []run, pool fragcalc.PoolID, segment *fragcalc.Segment, start, size, page int64) []run {
	switch {
	case pool.IsPrivate():
		return appendRun(runs, size, paint.Parked)
	case segment.Expandable:
		first := (start + page - 1) / page * page
		last := (start + size) / page * page
		if last <= first {
			return appendRun(runs, size, paint.Stranded)
		}
		runs = appendRun(runs, first-start, paint.Stranded)
		runs = appendRun(runs, last-first, paint.Releasable)
		return appendRun(runs, start+size-last, paint.Stranded)
	case size == segment.Size:
		return appendRun(runs, size, paint.Releasable)
	default:
		return appendRun(runs, size, paint.Stranded)
	}
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

func appendRun(runs []run, size int64, state paint.Role) []run {
	if size <= 0 {
		return runs
	}
	return append(runs, run{size, state})
}

func pageOf(pool fragcalc.PoolID, settings fragcalc.AllocatorSettings) int64 {
	switch {
	case pool.Small:
		return smallPage
	case settings.LargeSegmentBytes > 0:
		return settings.LargeSegmentBytes
	default:
		return largePage
	}
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
