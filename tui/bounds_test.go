package tui

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// hostile are names that other people chose; control characters are removed
// where they come in, everything else reaches the screen.
var hostile = []string{"漢字処理 訓練.py", "🙂🙃🙂🙃 --x", strings.Repeat("ä", 300), "e\u0301e\u0301e\u0301", "", " ", "ｗｉｄｅ"}

func hostileNode(r *rand.Rand) *fragcalc.Snapshot {
	s := testNode(r.Int63(), 1+r.Intn(17), r.Intn(40))
	name := func() string { return hostile[r.Intn(len(hostile))] }
	s.Host, s.Driver, s.CUDA = name(), name(), name()
	for i := range s.GPUs {
		s.GPUs[i].Name = name()
	}
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.Stacks = hostileStacks(r); p.Stacks != nil {
			for j := range p.Pools {
				for k := range p.Pools[j].Segments {
					blocks := p.Pools[j].Segments[k].Blocks
					for b := range blocks {
						blocks[b].Stack = uint32(r.Intn(4))
					}
				}
			}
		}
		p.User, p.Command, p.Job, p.Framework.Name, p.Settings.Text = name(), name(), name(), name(), name()
		if r.Intn(3) == 0 {
			p.GPUUUID = "GPU-unknown"
		}
	}
	s.Faults = []fragcalc.Fault{{Field: name(), Reason: name()}, {}}
	s.Events = []fragcalc.Event{{At: epoch, Text: name()}}
	return s
}

// hostileStacks are stacks of names that other people chose, or none.
func hostileStacks(r *rand.Rand) fragcalc.Stacks {
	if r.Intn(2) == 0 {
		return nil
	}
	var stack fragcalc.Stack
	for range r.Intn(40) {
		stack = append(stack, fragcalc.Frame{File: hostile[r.Intn(len(hostile))], Function: hostile[r.Intn(len(hostile))], Line: r.Intn(3)})
	}
	return fragcalc.Stacks{stack, {{File: "train.py", Line: 1, Function: "f"}}}
}

// unknownNode is a node of which nothing is known.
func unknownNode() *fragcalc.Snapshot {
	s := &fragcalc.Snapshot{GPUs: []fragcalc.GPU{{}, {UUID: "GPU-1", Index: 1}}}
	for pid := 1; pid < 5; pid++ {
		s.Processes = append(s.Processes, fragcalc.Process{
			RowID:        fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: pid}, GPUUUID: "GPU-1"},
			Instrumented: pid%2 == 0,
		})
	}
	return s
}

// walks lead to every view and dialog.
var walks = [][]string{
	{}, {"enter"}, {"enter", "enter"}, {"enter", "enter", "enter"}, {"enter", "enter", "enter", "enter"},
	{"end", "enter"}, {"r"}, {"?"}, {"s"}, {"/", "x"}, {"u", "u", "u"}, {"p"}, {"enter", "r"}, {"w"}, {"w", "y"}, {"x"}, {"x", "enter"}, {"R"}, {"l"}, {"l", "g", "enter"}, {"enter", "w"}, {"enter", "?"},
	{"enter", "S"}, {"enter", "S", "e"}, {"enter", "S", "enter"}, {"enter", "enter", "S", "E"}, {"enter", "enter", "enter", "S", "enter", "e"},
	{"ctrl+r"}, {"r", "y"}, {"R", "y"},
	{"c", " ", "G", " ", "<"}, {"enter", "enter", "c", "j", ">"}, {"enter", "enter", "enter", "s", "j", "enter", "/", "x"}, {"enter", "m", "'", "c", " ", "j", " ", "<", "esc", "s", "j", "enter"}, {"y"}, {"Y"}, {"t"}, {"W"}, {"ctrl+f"},
	{"'"}, {"m", "'"}, {"enter", "m", "'"}, {"enter", "enter", "m", "'"}, {"enter", "enter", "enter", "m", "'", "G"},
	{"H"}, {"H", "left", "left", "+", "j"}, {"enter", "H"}, {"enter", "H", "-", "N", "u"}, {"end", "enter", "H"}, {"enter", "enter", "H"},
	{"enter", "v"}, {"enter", "v", "+", "+", "B", "s"}, {"enter", "enter", "v", "n", "-"}, {"enter", "enter", "enter", "v", "enter", "enter"}, {"end", "enter", "v"},
}

func checkBounds(t *testing.T, d *driver, width, height int, walk []string) {
	t.Helper()
	lines := strings.Split(d.app.View(), "\n")
	if len(lines) > height {
		t.Fatalf("%v at %dx%d: %d lines", walk, width, height, len(lines))
	}
	for i, line := range lines {
		if got := ansi.StringWidth(line); got > width {
			t.Fatalf("%v at %dx%d: line %d is %d cells wide: %q", walk, width, height, i, got, line)
		}
	}
}

func TestNoSizeBreaksTheScreen(t *testing.T) {
	for _, size := range [][2]int{{0, 0}, {0, 24}, {80, 0}, {-1, -1}} {
		d := newDriver(t, size[0], size[1]).sample(unknownNode())
		d.keys("enter", "?")
		if screen := d.app.View(); screen != "" {
			t.Errorf("%v: %q", size, screen)
		}
	}
	r := rand.New(rand.NewSource(1))
	for range 1500 {
		width, height := 1+r.Intn(200), 1+r.Intn(60)
		if r.Intn(3) == 0 {
			width, height = 1+r.Intn(30), 1+r.Intn(12)
		}
		s := hostileNode(r)
		if r.Intn(4) == 0 {
			s = unknownNode()
		}
		walk := walks[r.Intn(len(walks))]
		d := newDriver(t, width, height, func(o *Options) { o.ASCII = r.Intn(2) == 0 })
		checkBounds(t, d, width, height, nil)
		d.sample(s)
		d.keys(walk...)
		checkBounds(t, d, width, height, walk)
	}
}

func TestUnknownIsADashInEveryView(t *testing.T) {
	for _, walk := range walks {
		d := newDriver(t, 120, 40).sample(unknownNode())
		d.keys("P")
		d.keys(walk...)
		checkBounds(t, d, 120, 40, walk)
	}
	d := newDriver(t, 120, 40).sample(unknownNode())
	d.keys("P")
	fields := strings.Fields(d.selected())
	for i, want := range []string{"1", "–", "1", "–", "–", "–", "–", "–"} {
		if fields[i] != want {
			t.Fatalf("%q in %v, want %q", fields[i], fields, want)
		}
	}
	d.shows("memory unknown: not available")
	d.keys("j", "enter")
	d.shows("No memory map: not available", "age unknown: not available")
}

func TestAnEmptyNodeSaysSo(t *testing.T) {
	d := newDriver(t, 80, 24).sample(&fragcalc.Snapshot{Faults: []fragcalc.Fault{
		{Scope: fragcalc.ScopeNode, Field: "nvml", Reason: "no NVIDIA driver on this node"}}})
	d.shows("No GPU: no NVIDIA driver on this node", "No process uses a GPU of this node")
	var once strings.Builder
	if err := WriteOnce(&once, d.app.latest, OnceOptions{}); err != nil || !strings.Contains(once.String(), "No GPU: no NVIDIA driver") {
		t.Errorf("%v: %s", err, once.String())
	}
	for _, key := range []string{"enter", "r", "j", "G", "5", "n", "s", "enter", "/", "esc", "I"} {
		d.keys(key)
		checkBounds(t, d, 80, 24, []string{key})
	}
}
