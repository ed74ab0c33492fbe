package tui

import (
	"strconv"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// busyDriver is the node of the benchmarks: 8 devices, 200 processes.
func busyDriver(t *testing.T) *driver { return colourful(t).sample(testNode(1, 8, 200)) }

// colourful is a screen of the size that benchmarks speak of, in all colours.
func colourful(t *testing.T) *driver {
	return newDriver(t, 120, 40, func(o *Options) { o.Getenv = colourTerminal })
}

// colourTerminal is an environment with all colours.
func colourTerminal(name string) string {
	return map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}[name]
}

// hugeNode is a node with one process that holds 100,000 blocks in 100 segments.
func hugeNode() *fragcalc.Snapshot {
	const segments, blocks, size = 100, 1000, 1 << 20
	s := testNode(1, 1, 1)
	p := &s.Processes[0]
	var walk []fragcalc.WalkSegment
	for i := range segments {
		segment := fragcalc.Segment{Address: 1<<40 + uint64(i)*blocks*size*2, Size: blocks * size}
		for j := range blocks {
			block := fragcalc.Block{Address: segment.Address + uint64(j*size), Size: size}
			if j%2 == 0 {
				block.State, block.Requested = fragcalc.BlockUsed, size
			}
			segment.Blocks = append(segment.Blocks, block)
		}
		walk = append(walk, fragcalc.WalkSegment{Segment: segment})
	}
	p.Pools = fragcalc.GroupPools(walk)
	p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	return s
}

// everyView visits each tab of each level, and the large dialogs.
func everyView(start func() *driver, visit func(name string, d *driver)) {
	views := newViews()
	for at := range levelCount {
		for i, tab := range views.tabs(at) {
			d := start()
			for range at {
				d.keys("enter")
			}
			for range i {
				d.keys("tab")
			}
			visit(listNames[at]+"/"+tab.name(at), d)
		}
	}
	for name, key := range map[string]string{"help": "?", "release": "r", "sort": "s", "log": "l"} {
		d := start()
		d.keys(key)
		visit(name, d)
	}
}

func BenchmarkView(b *testing.B) {
	everyView(func() *driver { return busyDriver(&testing.T{}) }, func(name string, d *driver) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = d.app.View()
			}
		})
	})
}

// A view of 100,000 blocks, drawn anew for a new walk as each sample may bring.
func BenchmarkHugeView(b *testing.B) {
	walks := [2]*fragcalc.Snapshot{hugeNode(), hugeNode()}
	everyView(func() *driver { return colourful(&testing.T{}).sample(walks[0]) }, func(name string, d *driver) {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				d.sample(walks[i%2])
				_ = d.app.View()
			}
		})
	})
}

func BenchmarkSample(b *testing.B) {
	for _, each := range []int{16, 1000} {
		b.Run("8x"+strconv.Itoa(each), func(b *testing.B) {
			d := colourful(&testing.T{})
			s := testNode(1, 8, 8*each)
			d.sample(s)
			b.ReportAllocs()
			for b.Loop() {
				d.sample(s)
			}
		})
	}
}

func TestEveryViewAllocatesLittle(t *testing.T) {
	const most = 500
	everyView(func() *driver { return busyDriver(t) }, func(name string, d *driver) {
		if got := testing.AllocsPerRun(20, func() { _ = d.app.View() }); got > most {
			t.Errorf("%s: View allocates %.0f times, may %d", name, got, most)
		}
	})
}
