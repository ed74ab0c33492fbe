package blockmap

import (
	"math/rand"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// grain divides all sizes of the heaps in these tests.
const grain = 64

// testPage is the page of expandable segments in the tests, in bytes.
const testPage = 8 << 10

// testHeap is a process with random pools, segments and blocks.
func testHeap(r *rand.Rand) *fragcalc.Process {
	var segments []fragcalc.WalkSegment
	address := uint64(1 << 40)
	for range 1 + r.Intn(4) {
		id := fragcalc.PoolID{Stream: uint64(r.Intn(2))}
		if r.Intn(3) == 0 {
			id.Private[1] = uint64(1 + r.Intn(2))
		}
		most := 1 + r.Intn(40)
		for range 1 + r.Intn(most) {
			s := fragcalc.Segment{Address: address, Size: LeastScale * int64(1+r.Intn(200)), Expandable: r.Intn(2) == 0}
			for left := s.Size; left > 0 && r.Intn(60) > 0; { // or none: they were not recorded
				b := fragcalc.Block{Address: s.Address + uint64(s.Size-left), State: fragcalc.BlockState(r.Intn(3))}
				b.Size = min(left, LeastScale*int64(1+r.Intn(1+r.Intn(60))))
				if b.State != fragcalc.BlockFree {
					b.Requested = max(b.Size-grain*int64(r.Intn(LeastScale/grain+2)), 0)
				}
				s.Blocks = append(s.Blocks, b)
				left -= b.Size
			}
			if n := len(s.Blocks); n > 0 { // blocks are the whole segment
				last := &s.Blocks[n-1]
				last.Size = int64(s.Address) + s.Size - int64(last.Address)
			}
			segments = append(segments, fragcalc.WalkSegment{PoolID: id, Segment: s})
			address += uint64(s.Size) + LeastScale*uint64(r.Intn(3))
		}
	}
	p := &fragcalc.Process{Settings: fragcalc.AllocatorSettings{LargeSegmentBytes: testPage}}
	p.Pools = fragcalc.GroupPools(segments)
	p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	return p
}

// naiveStates are the states of a segment, one for each grain of its bytes,
// straight from the words' definitions.
func naiveStates(pool *fragcalc.Pool, s *fragcalc.Segment) []paint.Role {
	states := make([]paint.Role, s.Size/grain)
	for i := range states {
		states[i] = paint.Unseen
	}
	for _, b := range s.Blocks {
		start := int64(b.Address-s.Address) / grain
		end := start + b.Size/grain
		for i := start; i < end; i++ {
			unit := int64(len(states)) // what goes back as a whole
			if s.Expandable {
				unit = testPage / grain
			}
			from := i / unit * unit
			switch {
			case b.State == fragcalc.BlockFree && pool.IsPrivate():
				states[i] = paint.Parked
			case b.State == fragcalc.BlockFree && from >= start && from+unit <= end:
				states[i] = paint.Releasable
			case b.State == fragcalc.BlockFree:
				states[i] = paint.Stranded
			case i-start >= b.Requested/grain:
				states[i] = paint.Rounding
			case b.State == fragcalc.BlockPending:
				states[i] = paint.Pending
			default:
				states[i] = paint.Used
			}
		}
	}
	return states
}
