package fragcalc

import (
	"fmt"
	"math/rand"
	"testing"
)

// crowd is a process with so many blocks, in expandable segments of 1,000.
func crowd(blocks int) []Pool {
	r := rand.New(rand.NewSource(1))
	var walk []WalkSegment
	address := uint64(0x7f00_0000_0000)
	for range blocks / 1000 {
		s := Segment{Address: address, Expandable: true}
		for range 1000 {
			b := Block{Address: address, Size: int64(1+r.Intn(40_000)) * 512, State: BlockState(r.Intn(3))}
			s.Blocks = append(s.Blocks, b)
			s.Size += b.Size
			address += uint64(b.Size)
		}
		walk = append(walk, WalkSegment{PoolID{Stream: uint64(r.Intn(4))}, s})
	}
	return GroupPools(walk)
}

func BenchmarkMeasure(b *testing.B) {
	for _, blocks := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("blocks=%d", blocks), func(b *testing.B) {
			pools := crowd(blocks)
			b.ReportAllocs()
			for b.Loop() {
				Measure(pools, AllocatorSettings{})
			}
		})
	}
}

func BenchmarkFit(b *testing.B) {
	for _, blocks := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("blocks=%d", blocks), func(b *testing.B) {
			pools := crowd(blocks)
			f := Measure(pools, AllocatorSettings{})
			b.ReportAllocs()
			for b.Loop() {
				f.Fit(pools, AllocatorSettings{}, Room{DeviceFree: Of[int64](1 << 30)})
			}
		})
	}
}

func BenchmarkWouldFit(b *testing.B) {
	for _, blocks := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("blocks=%d", blocks), func(b *testing.B) {
			pools := crowd(blocks)
			c := FitContext{Pools: pools, Reserved: Measure(pools, AllocatorSettings{}).Reserved,
				Room: Room{DeviceFree: Of[int64](1 << 30), DeviceFrees: Of[int64](0)}}
			b.ReportAllocs()
			for b.Loop() {
				c.WouldFitOnStreams(4 << 30) // of all sizes the dearest: nothing serves it
			}
		})
	}
}
