package fragcalc

import (
	"math/rand/v2"
	"testing"
)

// What the states say byte by byte is what Measure says of a pool, also where
// free blocks lie side by side.
func TestStatesAddUpToTheFigures(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		settings := AllocatorSettings{}
		switch seed % 3 {
		case 0:
			settings.LargeSegmentBytes = 40 * mib
		case 1:
			settings.Text = "large_segment_size_mb:32"
		}
		segments := randomSegments(r)
		for i := range segments {
			for j := range segments[i].Blocks {
				if b := &segments[i].Blocks[j]; r.IntN(4) == 0 {
					b.State, b.Requested = BlockFree, 0
				}
			}
		}
		pools := GroupPools(segments)
		Measure(pools, settings)
		for _, pool := range pools {
			var sum [StateUnseen + 1]int64
			for i := range pool.Segments {
				s := &pool.Segments[i]
				whole := int64(0)
				for state, size := range s.States(pool.PoolID, settings) {
					if size <= 0 {
						t.Fatalf("a stretch of %d bytes", size)
					}
					sum[state] += size
					whole += size
				}
				if whole != s.Size {
					t.Fatalf("states of %d bytes in a segment of %d", whole, s.Size)
				}
			}
			for name, c := range map[string]struct {
				figure Bytes
				got    int64
			}{
				"requested":  {pool.Requested, sum[StateUsed] + sum[StatePending]},
				"rounding":   {pool.Rounding, sum[StateRounding]},
				"stranded":   {pool.Stranded, sum[StateStranded]},
				"releasable": {pool.Releasable, sum[StateReleasable]},
				"parked":     {pool.Parked, sum[StateParked]},
			} {
				if want := value(t, c.figure); c.got != want {
					t.Errorf("seed %d: %s %d by states, measured %d", seed, name, c.got, want)
				}
			}
		}
	}
}

// A walk may be left in the middle, and a segment without blocks is not seen.
func TestStatesCanBeLeft(t *testing.T) {
	s := expandable(Block{State: BlockUsed, Size: 5 * mib, Requested: 4 * mib}, Block{State: BlockFree, Size: 45 * mib}, Block{State: BlockPending, Size: mib})
	want := []State{StateUsed, StateRounding, StateStranded, StateReleasable, StateStranded, StateRounding}
	for leave := range want {
		var got []State
		for state := range s.States(PoolID{}, AllocatorSettings{}) {
			if got = append(got, state); len(got) == leave+1 {
				break
			}
		}
		if got[leave] != want[leave] {
			t.Errorf("stretch %d is %d, want %d", leave, got[leave], want[leave])
		}
	}
	for state, size := range (&Segment{Size: mib}).States(PoolID{}, AllocatorSettings{}) {
		if state != StateUnseen || size != mib {
			t.Errorf("without blocks: %d bytes in state %d", size, state)
		}
	}
}

func BenchmarkStates(b *testing.B) {
	pools := crowd(100_000)
	var sum [StateUnseen + 1]int64
	b.ReportAllocs()
	for b.Loop() {
		for i := range pools {
			for j := range pools[i].Segments {
				for state, size := range pools[i].Segments[j].States(pools[i].PoolID, AllocatorSettings{}) {
					sum[state] += size
				}
			}
		}
	}
}
