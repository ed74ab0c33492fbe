package fragcalc

import "math/rand/v2"

// unit is the size of a cell of the naive measure: every size and address of
// the tests is a multiple of it.
const unit = 256 << 10

type naiveFigures struct {
	reserved, used, pending, requested              int64
	releasable, parked, stranded, largest, estimate int64
}

// naive computes figures a second time, cell by cell, without runs: a cell is
// used, pending or free, and a page or segment is looked at cell by cell.
func naive(pools []Pool, settings AllocatorSettings) (f naiveFigures) {
	for _, pool := range pools {
		for _, segment := range pool.Segments {
			var cells []BlockState
			for _, b := range segment.Blocks {
				for range b.Size / unit {
					cells = append(cells, b.State)
				}
				if b.State == BlockFree {
					f.largest = max(f.largest, b.Size)
				} else {
					f.requested += b.Requested
				}
			}
			for _, state := range cells {
				f.reserved += unit
				switch state {
				case BlockUsed:
					f.used += unit
				case BlockPending:
					f.pending += unit
				default:
					if pool.Private != [2]uint64{} {
						f.parked += unit
					} else {
						f.stranded += unit // corrected below
					}
				}
			}
			if pool.Private != [2]uint64{} {
				continue
			}
			step := len(cells) // what can go back is a whole segment
			if segment.Expandable {
				step = int(2 * mib / unit)
				if !pool.Small {
					page := settings.LargeSegmentBytes
					if page == 0 {
						page = 20 * mib
					}
					step = int(page / unit)
				}
			}
			for from := 0; from+step <= len(cells); from += step {
				now, after := true, true
				for _, state := range cells[from : from+step] {
					now = now && state == BlockFree
					after = after && state != BlockUsed
				}
				if now {
					f.releasable += int64(step) * unit
					f.stranded -= int64(step) * unit
				}
				if after {
					f.estimate += int64(step) * unit
				}
			}
		}
	}
	return f
}

// randomSegments makes an allocator in any state: free blocks never touch
// each other, as PyTorch merges them.
func randomSegments(r *rand.Rand) []WalkSegment {
	var segments []WalkSegment
	address := uint64(0x7f0000000000)
	for range r.IntN(30) {
		pool := PoolID{Small: r.IntN(2) == 0, Stream: uint64(r.IntN(3))}
		if r.IntN(4) == 0 {
			pool.Private = [2]uint64{1, uint64(r.IntN(2))}
		}
		segment := Segment{Address: address, Expandable: r.IntN(2) == 0}
		last := BlockUsed
		for range 1 + r.IntN(12) {
			state := BlockState(r.IntN(3))
			if state == BlockFree && last == BlockFree {
				state = BlockUsed
			}
			last = state
			b := Block{Address: address, Size: int64(1+r.IntN(200)) * unit, State: state}
			if state != BlockFree {
				b.Requested = b.Size - int64(r.IntN(512))
			}
			segment.Blocks = append(segment.Blocks, b)
			segment.Size += b.Size
			address += uint64(b.Size)
		}
		address += 64 * mib
		segments = append(segments, WalkSegment{PoolID: pool, Segment: segment})
	}
	return segments
}
