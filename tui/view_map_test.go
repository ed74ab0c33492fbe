package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

// mapDriver shows the map of the process with the most stranded memory.
func mapDriver(t *testing.T, width, height int, change ...func(*Options)) *driver {
	t.Helper()
	d := newDriver(t, width, height, change...).sample(goldenNode())
	d.keys("enter", "v")
	return d
}

// laterNode is the golden node a second later: in the first process's first pool
// every other used block is free.
func laterNode() *fragcalc.Snapshot {
	s := goldenNode()
	s.At = s.At.Add(time.Second)
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.PID != 48049 {
			continue
		}
		p.SnapshotAge = fragcalc.Of(100 * time.Millisecond)
		for j := range p.Pools[0].Segments {
			blocks := p.Pools[0].Segments[j].Blocks
			if len(blocks) > 3 && blocks[2].State == fragcalc.BlockUsed {
				blocks[2].State, blocks[2].Requested = fragcalc.BlockFree, 0
			}
		}
		p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	}
	return s
}

// under is the address that the line about the cursor begins with.
func (d *driver) under() string {
	d.t.Helper()
	for _, line := range d.screen() {
		if address, _, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(address, " 0x") {
			return address[1:]
		}
	}
	d.t.Fatalf("nothing is under the cursor:\n%s", strings.Join(d.screen(), "\n"))
	return ""
}

func TestGoldenMap(t *testing.T) {
	for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {200, 60}, {40, 10}} {
		for name, keys := range map[string][]string{"map": nil, "map-zoomed": {"B", "+", "+", "enter"}, "map-segment": {"esc", "enter", "enter", "v"}} {
			name := fmt.Sprintf("%s-%dx%d", name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				d := mapDriver(t, size.width, size.height)
				d.keys(keys...)
				compareGolden(t, name, strings.Join(d.screen(), "\n")+"\n")
			})
		}
	}
	for name, change := range map[string]func(*Options){
		"map-256colors": func(o *Options) { o.Getenv = terminalOf("xterm-256color", "") },
		"map-16colors":  func(o *Options) { o.Getenv = terminalOf("xterm", "") },
		"map-ascii":     func(o *Options) { o.ASCII, o.NoColor = true, true },
	} {
		t.Run(name, func(t *testing.T) {
			d := mapDriver(t, 80, 24, change).sample(laterNode())
			compareGolden(t, name, strings.ReplaceAll(d.app.View(), "\x1b", "^[")+"\n")
		})
	}
}

// process is the row that the screen is about.
func (d *driver) process() *fragcalc.Process {
	d.t.Helper()
	p, ok := d.app.world.process(d.app.world.place.row)
	if !ok {
		d.t.Fatal("the process is gone")
	}
	return p
}

func TestTheMapFindsWhatMatters(t *testing.T) {
	d := mapDriver(t, 120, 40)
	d.shows("1 cell = ", "by address", "stranded between ", "large · default stream")
	p := d.process()
	var free *fragcalc.Block
	var pinned *fragcalc.Segment
	most, holes := int64(0), 0
	for i := range p.Pools {
		for j := range p.Pools[i].Segments {
			s := &p.Pools[i].Segments[j]
			stranded := int64(0)
			for state, size := range s.States(p.Pools[i].PoolID, p.Settings) {
				if state == fragcalc.StateStranded {
					stranded += size
					holes++
				}
			}
			if stranded > most {
				most, pinned = stranded, s
			}
			for k := range s.Blocks {
				if b := &s.Blocks[k]; b.State == fragcalc.BlockFree && (free == nil || b.Size > free.Size) {
					free = b
				}
			}
		}
	}
	d.keys("b")
	if got := d.under(); got != draw.Hex(free.Address) {
		t.Errorf("b goes to %s, the largest free block is at %#x", got, free.Address)
	}
	d.keys("B")
	u, _ := d.app.view().(*mapView).memory.Under()
	if u.Segment.Address != pinned.Address || u.Block.State == fragcalc.BlockFree {
		t.Errorf("B goes to %#x in segment %#x, want a live block of %#x", u.Block.Address, u.Segment.Address, pinned.Address)
	}
	d.shows(d.app.world.look.Prose(most)+" here", "No stack was recorded.", "segment "+draw.Hex(pinned.Address))

	d.keys("g")
	seen := map[string]bool{}
	first := ""
	for range holes {
		d.keys("n")
		at := d.under()
		if first == "" {
			first = at
		}
		if seen[at] {
			t.Fatalf("n was at %s before", at)
		}
		seen[at] = true
		d.shows(at + ": ")
		if u, _ := d.app.view().(*mapView).memory.Under(); u.Block.State != fragcalc.BlockFree {
			t.Fatalf("n goes to a live block at %s", at)
		}
	}
	d.keys("n")
	d.shows("from the beginning again")
	if got := d.under(); got != first {
		t.Errorf("after the last hole n goes to %s, not to %s", got, first)
	}
	d.keys("N")
	d.shows("from the end again")
}

// Enter comes as near as it must, then opens the block.
func TestZoomToABlockAndOpenIt(t *testing.T) {
	d := mapDriver(t, 120, 40)
	d.keys("G")
	block := d.under()
	whole := d.line("1 cell = ")
	d.keys("enter")
	d.shows("zoomed in", block)
	if d.line("1 cell = ") == whole {
		t.Error("Enter does not zoom in")
	}
	if got := d.under(); got != block {
		t.Errorf("zooming moves the cursor from %s to %s", block, got)
	}
	d.keys("enter")
	d.shows("› "+block, "allocated by")
	d.keys("esc")
	d.shows("› map", "zoomed in", "by address")
	if got := d.under(); got != block {
		t.Errorf("Esc from %s leads to %s", block, got)
	}

	d = mapDriver(t, 120, 40)
	d.keys("-", "=")
	d.shows("all of it is seen")
	for range 40 {
		d.keys("+")
	}
	d.shows("1 cell = 512 B", "no finer: the smallest block has a cell")
	d.keys("-")
	d.shows("1 cell = 1 KiB")
	d.keys("=")
	if got := d.line("1 cell = "); got != whole {
		t.Errorf("%q, was %q", got, whole)
	}
}

func TestTheMapsCursorStaysOnItsBlock(t *testing.T) {
	d := mapDriver(t, 200, 60)
	d.keys("B")
	block := d.under()
	for _, keys := range [][]string{{"s"}, {"+"}, {"s"}, {"="}, {"s"}, {"J", "K"}, {"u", "u", "u", "u"}} {
		d.keys(keys...)
		if got := d.under(); got != block {
			t.Errorf("after %v on %s, was on %s", keys, got, block)
		}
	}
	d.keys("s")
	d.shows("by size", "segments by size")
	d.sample(laterNode())
	d.shows("changed since 12:04:31", block)
	d.sample(laterNode()) // the same walk again
	d.shows("changed since 12:04:31", block)

	s := laterNode()
	s.At = s.At.Add(time.Second)
	var left uint64
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.PID != 48049 {
			continue
		}
		for j := range p.Pools {
			segments := p.Pools[j].Segments
			for k := range segments {
				if a := segments[k].Address; draw.Hex(a) <= block && block < draw.Hex(a+uint64(segments[k].Size)) {
					left, p.Pools[j].Segments = a, append(segments[:k:k], segments[k+1:]...)
					break
				}
			}
		}
	}
	if left == 0 {
		t.Fatal("no segment holds the block")
	}
	d.sample(s)
	if got := d.under(); got == block {
		t.Errorf("the cursor is on %s, which is gone", got)
	}
	d.shows("1 cell = ")
}

func TestTheMapOfAPoolAndOfASegment(t *testing.T) {
	d := newDriver(t, 120, 40).sample(goldenNode())
	d.keys("enter", "enter", "v")
	d.shows("› large · default stream › map", "by address")
	d.hides("small · default stream")
	d.keys("v") // back to the list
	d.shows("SEGMENT")
	d.keys("enter", "tab")
	d.shows("1 cell = ", "› map")
	d.keys("G", "enter", "enter", "enter")
	d.shows("after it", "the segment's edge")
	d.keys("esc", "g")
	if u, _ := d.app.view().(*mapView).memory.Under(); u.Before != nil {
		t.Error("g does not go to the first block")
	}
	d.keys("right", "left", "down", "up", "pgdown", "pgup", "ctrl+d", "ctrl+u")
	d.keys("esc", "esc", "esc", "esc")
	d.shows("FITS-NOW")
}

func TestMapsOfWhatCannotBeSeen(t *testing.T) {
	d := newDriver(t, 80, 24).sample(goldenNode())
	d.keys("v", "esc", "esc", "end", "enter", "v")
	d.shows("48042 is not instrumented")
	d = newDriver(t, 80, 24).sample(unknownNode())
	d.keys("P", "j", "enter", "v")
	d.shows("No memory map: not available")
	for _, key := range []string{"b", "B", "n", "+", "-", "=", "s", "J", "enter", "left", "right"} {
		d.keys(key)
		checkBounds(t, d, 80, 24, []string{key})
	}
	s := goldenNode()
	for i := range s.Processes {
		for j := range s.Processes[i].Pools {
			for k := range s.Processes[i].Pools[j].Segments {
				s.Processes[i].Pools[j].Segments[k].Blocks = nil
			}
		}
	}
	d = newDriver(t, 120, 40).sample(s)
	d.keys("enter", "v")
	d.shows("its blocks were not recorded", "? unseen")
	d.keys("b")
	d.shows("no block is free")
	d.keys("B")
	d.shows("nothing is stranded")
	d.keys("n")
	d.shows("nothing is stranded")
	d.keys("enter")
	d.shows("› 0x") // its segment
}

// What is known of a block's making stands in the line about the cursor.
func TestTheMapTellsAgeAndStack(t *testing.T) {
	s := goldenNode()
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.PID != 48049 {
			continue
		}
		p.Stacks = fragcalc.Stacks{{{File: "/app/train.py", Line: 41, Function: "forward"}}}
		p.Trace = &fragcalc.Trace{}
		for j := range p.Pools {
			for k := range p.Pools[j].Segments {
				for _, b := range p.Pools[j].Segments[k].Blocks {
					p.Trace.Events = append(p.Trace.Events, fragcalc.TraceEvent{Kind: fragcalc.TraceAlloc, Stack: 1, Address: b.Address, Size: b.Size,
						Micros: s.At.Add(-90 * time.Second).UnixMicro()})
				}
			}
		}
	}
	d := newDriver(t, 200, 60).sample(s)
	d.keys("enter", "v", "B")
	d.shows("Allocated 90 s ago by train.py:41 forward.")
}
