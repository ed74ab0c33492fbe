package change

import (
	"math/rand/v2"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// crowd is a process with so many blocks, in expandable segments of 1,000.
func crowd(blocks int) *fragcalc.Process {
	r := rand.New(rand.NewPCG(1, 1))
	var walk []fragcalc.WalkSegment
	at := uint64(0x7f00_0000_0000)
	for range blocks / 1000 {
		s := fragcalc.Segment{Address: at, Expandable: true}
		for range 1000 {
			b := fragcalc.Block{Address: at, Size: int64(1+r.IntN(40_000)) * 512, State: fragcalc.BlockState(r.IntN(3))}
			s.Blocks = append(s.Blocks, b)
			s.Size += b.Size
			at += uint64(b.Size)
		}
		walk = append(walk, fragcalc.WalkSegment{PoolID: fragcalc.PoolID{Stream: uint64(r.IntN(4))}, Segment: s})
	}
	return &fragcalc.Process{Pools: fragcalc.GroupPools(walk)}
}

// moved is the process after one block in so many has changed.
func moved(blocks, every int) *fragcalc.Process {
	p := crowd(blocks)
	at := 0
	for i := range p.Pools {
		for j := range p.Pools[i].Segments {
			for k := range p.Pools[i].Segments[j].Blocks {
				if at++; at%every == 0 {
					b := &p.Pools[i].Segments[j].Blocks[k]
					b.State = (b.State + 1) % 3
				}
			}
		}
	}
	return p
}

func BenchmarkCompare(b *testing.B) {
	for name, every := range map[string]int{"quiet": 1 << 40, "busy": 100, "all": 2} {
		b.Run(name, func(b *testing.B) {
			before, after := crowd(100_000), moved(100_000, every)
			b.ReportAllocs()
			for b.Loop() {
				Compare(before, after)
			}
		})
	}
}

func BenchmarkChanged(b *testing.B) {
	for name, every := range map[string]int{"quiet": 1 << 40, "busy": 100, "all": 2} {
		b.Run(name, func(b *testing.B) {
			before, after := crowd(100_000), moved(100_000, every)
			b.ReportAllocs()
			for b.Loop() {
				Changed(before, after)
			}
		})
	}
}
