package change

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	mib  = 1 << 20
	cell = mib / 2 // every size and address of the tests is a multiple of it
)

// cellState is all that is known of a cell of memory.
type cellState struct {
	state string
	block string // of a used block: what it is known by
	where uint64 // the segment
	grows bool   // the segment is an expandable one
	whole int64  // bytes of the segment
}

// stays tells whether two cells at the same place are the same memory.
func (c cellState) stays(o cellState) bool {
	return c.grows && o.grows || !c.grows && !o.grows && c.where == o.where && c.whole == o.whole
}

type place struct {
	pool fragcalc.PoolID
	at   uint64
}

// cells spells a process out, cell by cell, with no code of the package: what of
// a free block goes back is asked of each page that the cell lies in.
func cells(p *fragcalc.Process) map[place]cellState {
	all := map[place]cellState{}
	for _, pool := range p.Pools {
		page := uint64(2 * mib)
		if !pool.Small {
			page = uint64(p.Settings.LargeSegmentBytes)
		}
		for i := range pool.Segments {
			s := &pool.Segments[i]
			for _, b := range s.Blocks {
				for at := b.Address; at < b.Address+uint64(b.Size); at += cell {
					c := cellState{where: s.Address, grows: s.Expandable, whole: s.Size}
					pageFrom := s.Address + (at-s.Address)/page*page
					switch {
					case b.State == fragcalc.BlockUsed:
						c.state = "used"
						c.block = fmt.Sprint(b.Address, b.Size, b.Requested, p.Stacks.At(b.Stack))
					case b.State == fragcalc.BlockPending:
						c.state = "pending"
					case pool.IsPrivate():
						c.state = "parked"
					case s.Expandable && pageFrom >= b.Address && pageFrom+page <= b.Address+uint64(b.Size):
						c.state = "releasable"
					case !s.Expandable && b.Size == s.Size:
						c.state = "releasable"
					default:
						c.state = "stranded"
					}
					all[place{pool.PoolID, at}] = c
				}
			}
		}
	}
	return all
}

// heap is a random process of a few segments. Its stacks are the same ones in
// another order each time.
func heap(r *rand.Rand) *fragcalc.Process {
	calls := []fragcalc.Stack{{{Function: "forward", File: "a.py", Line: 1}}, {{Function: "backward", File: "a.py", Line: 2}}, {{Function: "forward", File: "a.py", Line: 3}}}
	r.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	p := &fragcalc.Process{Stacks: calls, Settings: fragcalc.AllocatorSettings{LargeSegmentBytes: 4 * mib}}
	var walk []fragcalc.WalkSegment
	ids := []fragcalc.PoolID{{}, {Small: true}, {Stream: 7}, {Private: [2]uint64{0, 1}}}
	at := uint64(1 << 30)
	for range r.IntN(7) {
		at += uint64(r.IntN(5)) * 2 * mib
		s := fragcalc.Segment{Address: at, Expandable: r.IntN(2) == 0}
		size := int64(1+r.IntN(6)) * 2 * mib
		for s.Size < size {
			b := fragcalc.Block{Address: at, Size: min(int64(1+r.IntN(12))*cell, size-s.Size), State: fragcalc.BlockState(r.IntN(3))}
			if b.State != fragcalc.BlockFree {
				b.Requested, b.Stack = b.Size, uint32(r.IntN(4))
			}
			s.Blocks = append(s.Blocks, b)
			s.Size += b.Size
			at += uint64(b.Size)
		}
		walk = append(walk, fragcalc.WalkSegment{PoolID: ids[r.IntN(len(ids))], Segment: s})
	}
	p.Pools = append([]fragcalc.Pool{}, fragcalc.GroupPools(walk)...)
	p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	return p
}

// later is a process some time after: most of it is as it was.
func later(r *rand.Rand, p *fragcalc.Process) *fragcalc.Process {
	if r.IntN(4) == 0 {
		return heap(r)
	}
	l := *p
	l.Stacks = slices.Clone(p.Stacks)
	slices.Reverse(l.Stacks)
	var walk []fragcalc.WalkSegment
	for _, pool := range p.Pools {
		for _, s := range pool.Segments {
			s.Blocks = slices.Clone(s.Blocks)
			for i := range s.Blocks {
				b := &s.Blocks[i]
				if b.Stack != 0 {
					b.Stack = uint32(len(l.Stacks)+1) - b.Stack
				}
				switch r.IntN(8) {
				case 0:
					b.State = fragcalc.BlockState(r.IntN(3))
				case 1:
					if b.State == fragcalc.BlockUsed {
						b.Requested--
					}
				case 2:
					b.Stack = uint32(r.IntN(4))
				}
				if b.State == fragcalc.BlockFree {
					b.Requested, b.Stack = 0, 0
				}
			}
			if s.Expandable && r.IntN(3) == 0 && len(s.Blocks) > 1 { // loses pages at either end, which need be no page here
				gone := s.Blocks[0]
				if r.IntN(2) == 0 {
					gone = s.Blocks[len(s.Blocks)-1]
					s.Blocks = s.Blocks[:len(s.Blocks)-1]
				} else {
					s.Blocks = s.Blocks[1:]
				}
				s.Address, s.Size = s.Blocks[0].Address, s.Size-gone.Size
			}
			if r.IntN(6) > 0 {
				walk = append(walk, fragcalc.WalkSegment{PoolID: pool.PoolID, Segment: s})
			}
		}
	}
	l.Pools = append([]fragcalc.Pool{}, fragcalc.GroupPools(walk)...)
	l.Figures = fragcalc.Measure(l.Pools, l.Settings)
	return &l
}
