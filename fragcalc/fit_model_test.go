package fragcalc_test

import (
	"math/rand"
	"slices"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

const mib = int64(1) << 20

// scenario is a random program that can be run again from its start, so that
// every guess is tried on the same state.
type scenario struct {
	config whatif.Config
	total  int64
	left   int64 // what other processes leave of the device in the end
	moves  []move
}

type move struct {
	size, stream int64
	free         int  // index of the allocation to free, when size is 0
	shared       bool // also used on another stream: its free stays pending
	empty        bool // empty the cache
}

func newScenario(r *rand.Rand, expandable bool) scenario {
	s := scenario{config: whatif.Config{ExpandableSegments: expandable}, total: int64(300+r.Intn(600)) * mib}
	s.left = []int64{0, 2 * mib, 20 * mib, 1 + r.Int63n(8*mib), 1 + r.Int63n(100*mib), s.total}[r.Intn(6)]
	if r.Intn(3) == 0 {
		s.config.Fraction = 0.3 + 0.6*r.Float64()
	}
	live := []int{}
	allocated := 0
	for range 20 + r.Intn(60) {
		switch {
		case len(live) > 0 && r.Intn(10) < 4:
			at := r.Intn(len(live))
			s.moves = append(s.moves, move{free: live[at]})
			live = slices.Delete(live, at, at+1)
		case r.Intn(40) == 0:
			s.moves = append(s.moves, move{empty: true})
		default:
			most := []int64{4096, mib, 9 * mib, 30 * mib, 90 * mib}[r.Intn(5)]
			s.moves = append(s.moves, move{size: 1 + r.Int63n(most), stream: int64(r.Intn(2)), shared: r.Intn(5) == 0})
			live = append(live, allocated)
			allocated++
		}
	}
	return s
}

// run runs the program; what does not fit into memory is left out.
func (s scenario) run(t *testing.T) (*whatif.Allocator, whatif.Driver) {
	t.Helper()
	memory := whatif.NewMemory(s.total)
	driver := whatif.NewDriver(memory)
	a := whatif.New(s.config, driver)
	var addresses []uint64
	for _, m := range s.moves {
		switch {
		case m.empty:
			a.EmptyCache()
		case m.size > 0:
			address, err := a.Malloc(m.size, uint64(m.stream))
			if err != nil {
				address = 0
			} else if m.shared {
				if err := a.RecordStream(address, uint64(m.stream+1)); err != nil {
					t.Fatal(err)
				}
			}
			addresses = append(addresses, address)
		case addresses[m.free] != 0:
			if err := a.Free(addresses[m.free]); err != nil {
				t.Fatal(err)
			}
		}
	}
	memory.Take(memory.Available() - s.left)
	return a, driver
}

// fits tries a request on every stream, each on a fresh run.
func (s scenario) fits(t *testing.T, size int64, released bool) bool {
	t.Helper()
	for stream := range uint64(4) {
		a, _ := s.run(t)
		if released {
			a.EmptyCache()
		}
		before := a.Stats()
		_, err := a.Malloc(size, stream)
		after := a.Stats()
		if err == nil && after.Retries == before.Retries {
			return true
		}
	}
	return false
}

// What Fit says is tried on the model of the allocator: that request succeeds
// and no larger one does.
func TestFitOnTheModel(t *testing.T) {
	for _, expandable := range []bool{false, true} {
		r := rand.New(rand.NewSource(4))
		for i := range 500 {
			s := newScenario(r, expandable)
			a, driver := s.run(t)
			settings := fragcalc.AllocatorSettings{}
			if expandable {
				settings.Text = "expandable_segments:True"
			}
			pools := fragcalc.GroupPools(a.Segments())
			f := fragcalc.Measure(pools, settings)
			f.Fit(pools, settings, fragcalc.Room{DeviceFree: fragcalc.Of(driver.Available()), Allowed: a.Allowed(), DeviceFrees: fragcalc.Of(a.Stats().DeviceFrees)})
			// Where something was unmapped before, the figure is a lower bound.
			exact := !expandable || a.Stats().DeviceFrees == 0
			s.try(t, i, r, f.FitsNow, false, exact)
			s.try(t, i, r, f.FitsAfterRelease, true, exact)
			if back := a.EmptyCache(); f.ReleaseEstimate != fragcalc.Of(back) {
				t.Fatalf("scenario %d: release estimate %v, the model returns %d", i, f.ReleaseEstimate, back)
			}
		}
	}
}

func (s scenario) try(t *testing.T, i int, r *rand.Rand, figure fragcalc.Bytes, released, exact bool) {
	t.Helper()
	size, ok := figure.Get()
	if !ok {
		t.Fatalf("scenario %d: %s", i, figure.Reason())
	}
	if size > 0 && !s.fits(t, size, released) {
		t.Fatalf("scenario %d, released %v: %d bytes do not fit", i, released, size)
	}
	if !exact {
		return
	}
	for _, more := range []int64{1, 512, mib, 2 * mib, 20 * mib, 1 + r.Int63n(s.total)} {
		if s.fits(t, size+more, released) {
			t.Fatalf("scenario %d, released %v: %d bytes were to fit, %d do", i, released, size, size+more)
		}
	}
}
