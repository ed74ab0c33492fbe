package whatif

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkMallocFree measures pairs of Malloc and Free among a number of live
// blocks of mixed sizes.
func BenchmarkMallocFree(b *testing.B) {
	for _, settings := range []string{"", "expandable_segments:True"} {
		for _, live := range []int{100, 10_000, 1_000_000} {
			b.Run(fmt.Sprintf("settings=%s/live=%d", settings, live), func(b *testing.B) {
				config, err := ParseConfig(settings)
				if err != nil {
					b.Fatal(err)
				}
				a := New(config, NewDriver(NewMemory(0)))
				r := rand.New(rand.NewPCG(1, 2))
				sizes := make([]int64, 4096)
				for i := range sizes {
					sizes[i] = 1 + r.Int64N(1<<(9+r.IntN(16)))
				}
				addresses := make([]uint64, live)
				victims := make([]int, 1<<16)
				for i := range victims {
					victims[i] = r.IntN(live)
				}
				for i := range addresses {
					addresses[i], _ = a.Malloc(sizes[i%len(sizes)], 0)
				}
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					victim := victims[i%len(victims)]
					if err := a.Free(addresses[victim]); err != nil {
						b.Fatal(err)
					}
					addresses[victim], _ = a.Malloc(sizes[i%len(sizes)], 0)
				}
			})
		}
	}
}

// BenchmarkReplay measures a random program on a new allocator: one operation is
// 10,000 allocations and frees.
func BenchmarkReplay(b *testing.B) {
	for _, settings := range []string{"", "expandable_segments:True"} {
		b.Run("settings="+settings, func(b *testing.B) {
			config, err := ParseConfig(settings)
			if err != nil {
				b.Fatal(err)
			}
			events := 0
			for b.Loop() {
				r := rand.New(rand.NewPCG(5, 6))
				a := New(config, NewDriver(NewMemory(0)))
				var live []uint64
				for range 10_000 {
					if len(live) > 200 || len(live) > 0 && r.IntN(2) == 0 {
						i := r.IntN(len(live))
						_ = a.Free(live[i])
						live[i] = live[len(live)-1]
						live = live[:len(live)-1]
					} else {
						address, _ := a.Malloc(1+r.Int64N(1<<26), 0)
						live = append(live, address)
					}
					events++
				}
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
