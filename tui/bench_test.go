package tui

import (
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// busyDriver is the node of the benchmarks: 8 devices, 200 processes.
func busyDriver(t *testing.T) *driver {
	return newDriver(t, 120, 40, func(o *Options) {
		o.Getenv = func(name string) string {
			return map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}[name]
		}
	}).sample(testNode(1, 8, 200))
}

func BenchmarkView(b *testing.B) {
	d := busyDriver(&testing.T{})
	b.ReportAllocs()
	for b.Loop() {
		_ = d.app.View()
	}
}

func BenchmarkSample(b *testing.B) {
	d := busyDriver(&testing.T{})
	s := testNode(1, 8, 200)
	b.ReportAllocs()
	for b.Loop() {
		d.sample(s)
	}
}

func BenchmarkMemoryMap(b *testing.B) {
	const blocks, size = 100_000, 1 << 20
	segment := fragcalc.Segment{Address: 1 << 40, Size: blocks * size}
	for i := range blocks {
		segment.Blocks = append(segment.Blocks, fragcalc.Block{
			Address: segment.Address + uint64(i*size), Size: size, Requested: size, State: fragcalc.BlockState(i % 2)})
	}
	p := fragcalc.Process{Pools: fragcalc.GroupPools([]fragcalc.WalkSegment{{Segment: segment}})}
	p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	l := newDriver(&testing.T{}, 120, 40).app.world.look
	b.ReportAllocs()
	for b.Loop() {
		_ = drawMap(l, &p, fragcalc.PoolID{}, true, 120, 20)
	}
}

func TestViewAllocatesLittle(t *testing.T) {
	const most = 2000
	d := busyDriver(t)
	if got := testing.AllocsPerRun(20, func() { _ = d.app.View() }); got > most {
		t.Errorf("View allocates %.0f times, may %d", got, most)
	}
}
