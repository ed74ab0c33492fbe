package tui

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// worstSegment is the segment with most stranded bytes of the selected pool, or of
// the whole process, counted without any view.
func worstSegment(d *driver, wholeProcess bool) (address string, stranded int64) {
	p, _ := d.app.world.process(d.app.world.place.row)
	for i := range p.Pools {
		pool := &p.Pools[i]
		if !wholeProcess && pool.PoolID != d.app.world.place.pool {
			continue
		}
		for j := range pool.Segments {
			row := newSegmentRow(&pool.Segments[j], pool.PoolID, p.Settings)
			if n := row.sizes.of(paint.Stranded); n > stranded {
				address, stranded = draw.Hex(row.Address), n
			}
		}
	}
	return address, stranded
}

// livingDemo shows the demo node, and how to let it go on.
func livingDemo(t *testing.T, width, height int) (*driver, func(seconds int)) {
	node, at := demo.NewNode(1), epoch
	d := newDriver(t, width, height)
	goOn := func(seconds int) {
		for range seconds {
			at = at.Add(time.Second)
			d.sample(node.Snapshot(at))
		}
	}
	goOn(20)
	return d, goOn
}

func TestASegmentListOpensOnItsWorst(t *testing.T) {
	d, goOn := livingDemo(t, 140, 40)
	d.keys("enter", "enter")
	changed := false
	last := ""
	for visit := range 6 {
		worst, _ := worstSegment(d, false)
		if got := strings.Fields(d.selected())[0]; got != worst {
			t.Errorf("visit %d: the cursor is on %s, the worst is %s", visit, got, worst)
		}
		changed = changed || visit > 0 && worst != last
		last = worst
		d.keys("g", "enter", "esc") // from below the cursor stays
		if got := d.app.views[poolLevel][tabList].(*poolView).segments.Index; got != 0 {
			t.Errorf("visit %d: back in line %d", visit, got)
		}
		d.keys("esc")
		goOn(40)
		d.keys("enter")
	}
	if !changed {
		t.Error("the worst segment has never changed: nothing was tested")
	}
}

// A segment that the map led to is of another visit once one has left it.
func TestASegmentSeenBeforeIsForgotten(t *testing.T) {
	d, _ := livingDemo(t, 140, 40)
	d.keys("enter", "enter", "g", "enter", "esc", "esc", "esc", "enter", "enter")
	worst, _ := worstSegment(d, false)
	if got := strings.Fields(d.selected())[0]; got != worst {
		t.Errorf("the cursor is on %s, the worst is %s", got, worst)
	}
}

func TestOneKeyToTheLargestPinnedSegment(t *testing.T) {
	d, goOn := livingDemo(t, 200, 60)
	d.keys("enter", "enter", "g", "B") // of a pool
	worst, _ := worstSegment(d, false)
	if got := strings.Fields(d.selected())[0]; got != worst {
		t.Errorf("in the pool: %s, the worst is %s", got, worst)
	}
	d.shows("B worst")
	d.keys("esc", "G")
	goOn(7)
	d.keys("B") // of a process, whatever pool is selected
	worst, stranded := worstSegment(d, true)
	if got := strings.Fields(d.selected())[0]; got != worst {
		t.Errorf("in the process: %s, the worst is %s", got, worst)
	}
	d.keys("esc", "esc", "B") // of the node: on the map
	d.shows("48121 › map", "segment "+worst, d.app.world.look.Prose(stranded))
}

func TestTabsOfTheSelectedProcess(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	pid := strings.Fields(d.selected())[0]
	for key, want := range map[string]string{"S": "stacks", "v": "map"} {
		d.keys(key)
		d.shows("› " + pid + " › " + want)
		d.keys("esc", "esc")
	}
	d.keys("enter", "enter", "enter", "enter", "v")
	d.shows("there is no memory map of a block")
	d.keys("S")
	d.shows("there is no list of stacks of a block")
	d = newDriver(t, 120, 40).sample(testNode(1, 2, 0))
	d.keys("S")
	d.shows("no process is selected")
	d.keys("B")
	d.shows("no process is selected")
}

// Nobody knows what is stranded where the inside is not seen.
func TestLargestPinnedOfWhatIsNotSeen(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	for i := range d.app.latest.Processes {
		if p := &d.app.latest.Processes[i]; !p.Instrumented {
			d.keys("P", "g")
			for range 20 {
				if strings.Fields(d.selected())[0] == strconv.Itoa(p.PID) {
					break
				}
				d.keys("j")
			}
			d.keys("B")
			d.hides(nothingPinned)
			d.keys("esc", "B")
			d.hides(nothingPinned)
			return
		}
	}
	t.Error("all are instrumented")
}

// While a list is watched its columns only grow.
func TestColumnsOfSegmentsDoNotMoveToAndFro(t *testing.T) {
	d, goOn := livingDemo(t, 140, 40)
	d.keys("enter", "enter")
	widest := 0
	for second := range 90 {
		at := strings.Index(d.line("PINNED BY"), "MAP")
		if at < widest {
			t.Fatalf("after %d s the map begins in cell %d, was in %d", second, at, widest)
		}
		widest = at
		goOn(1)
	}
}
