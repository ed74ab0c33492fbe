package whatif

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
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

// BenchmarkReplayOfATrace measures the replay of traces of several lengths under
// the settings named. An event is one of the trace: an allocation has one, a free
// two.
func BenchmarkReplayOfATrace(b *testing.B) {
	for _, settings := range []string{"", "expandable_segments:True", "max_split_size_mb:128"} {
		config, err := ParseConfig(settings)
		if err != nil {
			b.Fatal(err)
		}
		for _, events := range []int{10_000, 100_000, 1_000_000} {
			trace := benchTrace(events)
			p, err := Recover(trace, nil, Config{}, 0)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("settings=%s/events=%d", settings, events), func(b *testing.B) {
				for b.Loop() {
					p.Replay(config, 0)
				}
				b.ReportMetric(float64(b.N)*float64(len(trace.Events))/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}

// benchTrace is a program like a training step's: a few hundred live blocks of
// all sizes, in no order.
func benchTrace(events int) *fragcalc.Trace {
	r := rand.New(rand.NewPCG(5, 6))
	a := New(Config{}, NewDriver(NewMemory(0)))
	trace := &fragcalc.Trace{}
	a.Record(trace)
	var live []uint64
	for len(trace.Events) < events {
		if len(live) > 300 || len(live) > 0 && r.IntN(2) == 0 {
			i := r.IntN(len(live))
			_ = a.Free(live[i])
			live[i] = live[len(live)-1]
			live = live[:len(live)-1]
		} else {
			address, _ := a.Malloc(1+r.Int64N(1<<(9+r.IntN(17))), 0)
			live = append(live, address)
		}
	}
	return trace
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
