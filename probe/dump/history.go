package dump

import "github.com/gpufragtop/gpufragtop/fragcalc"

// cut tells whether the beginning of a trace is missing. A ring buffer loses its
// oldest events only, so that a trace is whole exactly when, run backwards from
// the final segments, it ends with nothing reserved, used or pending. Where it
// does not add up (recording was switched off, or left kinds of events out), it
// is called cut, too: its beginning cannot be told.
func cut(pools []fragcalc.Pool, events []fragcalc.TraceEvent) bool {
	var reserved, used, pending int64 // bytes, blocks, blocks
	for i := range pools {
		for j := range pools[i].Segments {
			s := &pools[i].Segments[j]
			reserved += s.Size
			for k := range s.Blocks {
				switch s.Blocks[k].State {
				case fragcalc.BlockUsed:
					used++
				case fragcalc.BlockPending:
					pending++
				}
			}
		}
	}
	for i := range events {
		switch e := &events[i]; e.Kind {
		case fragcalc.TraceSegmentAlloc, fragcalc.TraceSegmentMap:
			reserved -= e.Size
		case fragcalc.TraceSegmentFree, fragcalc.TraceSegmentUnmap:
			reserved += e.Size
		case fragcalc.TraceAlloc:
			used--
		case fragcalc.TraceFreeRequested:
			used++
			pending--
		case fragcalc.TraceFreeCompleted:
			pending++
		}
	}
	return reserved != 0 || used != 0 || pending != 0
}
