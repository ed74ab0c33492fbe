package tui

import (
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// busyDriver shows the node of the benchmarks, 8 devices and so many processes
// with stacks, a second after a moment that was marked.
func busyDriver(t *testing.T, processes int) *driver {
	d := colourful(t).sample(testNode(1, 8, processes))
	d.keys("m")
	later := testNode(1, 8, processes)
	later.At = epoch.Add(time.Second)
	for i := range later.Processes {
		stacked(&later.Processes[i], false)
	}
	d.sample(later)
	d.keys("M", "g")
	return d
}

// colourful is a screen of the size that benchmarks speak of, in all colours.
func colourful(t *testing.T) *driver {
	return newDriver(t, 120, 40, func(o *Options) { o.Getenv = colourTerminal })
}

// colourTerminal is an environment with all colours.
func colourTerminal(name string) string {
	return map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}[name]
}

// hugeNode is a node with one process that holds 100,000 blocks, half of them in
// one segment and half in 100. In walks of an odd second every seventh of the
// live blocks is free.
func hugeNode(second int) *fragcalc.Snapshot {
	const segments, blocks, size = 101, 50_000, 1 << 20
	s := testNode(1, 1, 1)
	s.At = epoch.Add(time.Duration(second) * time.Second)
	p := &s.Processes[0]
	var walk []fragcalc.WalkSegment
	live := 0
	for i := range segments {
		count := blocks
		if i > 0 {
			count /= segments - 1
		}
		segment := fragcalc.Segment{Address: 1<<40 + uint64(i)*blocks*size*2, Size: int64(count) * size}
		for j := range count {
			block := fragcalc.Block{Address: segment.Address + uint64(j)*size, Size: size}
			if j%2 == 0 {
				if live++; second%2 == 0 || live%7 > 0 {
					block.State, block.Requested = fragcalc.BlockUsed, size-300
				}
			}
			segment.Blocks = append(segment.Blocks, block)
		}
		walk = append(walk, fragcalc.WalkSegment{Segment: segment})
	}
	p.Pools = fragcalc.GroupPools(walk)
	stacked(p, second%2 > 0)
	p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	return s
}

// hugeDriver shows the huge node a second after a moment that was marked.
func hugeDriver(t *testing.T) *driver {
	d := colourful(t).sample(hugeNode(0))
	d.keys("m")
	return d.sample(hugeNode(1))
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
	for name, key := range map[string]string{"help": "?", "release": "r", "release of all": "R", "sort": "s", "columns": "c", "log": "l", "fit": "f", "theme": "t", "jobs": "T"} {
		d := start()
		d.keys(key)
		visit(name, d)
	}
}

func BenchmarkView(b *testing.B) {
	for _, node := range []struct {
		name  string
		start func() *driver
	}{
		{"200 processes", func() *driver { return busyDriver(&testing.T{}, 200) }},
		{"8x1000 processes", func() *driver { return busyDriver(&testing.T{}, 8000) }},
		{"100,000 blocks", func() *driver { return hugeDriver(&testing.T{}) }},
	} {
		b.Run(node.name, func(b *testing.B) {
			everyView(node.start, func(name string, d *driver) {
				b.Run(name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						_ = d.app.View()
					}
				})
			})
		})
	}
}

// A new walk of 100,000 blocks, as each sample may bring one, and its first view.
func BenchmarkHugeSample(b *testing.B) {
	walks := [2]*fragcalc.Snapshot{hugeNode(0), hugeNode(1)}
	everyView(func() *driver { return hugeDriver(&testing.T{}) }, func(name string, d *driver) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 2; b.Loop(); i++ {
				s := *walks[i%2]
				s.At = epoch.Add(time.Duration(i) * time.Second)
				d.sample(&s)
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
	for node, start := range map[string]func() *driver{
		"200 processes":  func() *driver { return busyDriver(t, 200) },
		"100,000 blocks": func() *driver { return hugeDriver(t) },
	} {
		everyView(start, func(name string, d *driver) {
			if got := testing.AllocsPerRun(5, func() { _ = d.app.View() }); got > most {
				t.Errorf("%s, %s: View allocates %.0f times, may %d", node, name, got, most)
			}
		})
	}
}

// A key finds what the last frame has computed of 100,000 blocks, and passes over
// none of them: it needs no memory that grows with them.
func TestAKeyNeedsNoRoomForBlocks(t *testing.T) {
	const most = 160 << 10 // bytes of memory for a frame
	everyView(func() *driver { return hugeDriver(t) }, func(name string, d *driver) {
		_ = d.app.View()
		const frames = 10
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range frames {
			_ = d.app.View()
		}
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) / frames; got > most {
			t.Errorf("%s: a frame takes %d bytes, may %d", name, got, most)
		}
	})
}

// A key that is held down, and its view.
func BenchmarkKey(b *testing.B) {
	for _, held := range []struct {
		name string
		d    *driver
		to   []string
		keys [2]string // in turn
	}{
		{"8x1000 processes/next row", busyDriver(&testing.T{}, 8000), nil, [2]string{"j", "k"}},
		{"8x1000 processes/sort", busyDriver(&testing.T{}, 8000), nil, [2]string{">", "<"}},
		{"8x1000 processes/release of all", busyDriver(&testing.T{}, 8000), nil, [2]string{"R", "esc"}},
		{"100,000 blocks/next segment", hugeDriver(&testing.T{}), []string{"enter", "enter"}, [2]string{"j", "k"}},
		{"100,000 blocks/next block", hugeDriver(&testing.T{}), []string{"enter", "enter", "g", "enter"}, [2]string{"j", "k"}},
		{"100,000 blocks/next cell of the map", hugeDriver(&testing.T{}), []string{"enter", "v"}, [2]string{"right", "left"}},
		{"100,000 blocks/zoom of the map", hugeDriver(&testing.T{}), []string{"enter", "v"}, [2]string{"+", "-"}},
	} {
		b.Run(held.name, func(b *testing.B) {
			held.d.keys(held.to...)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				held.d.keys(held.keys[i%2])
				_ = held.d.app.View()
			}
		})
	}
}
