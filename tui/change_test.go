package tui

import (
	"fmt"
	"math/rand"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// Who allocates in changed nodes.
var (
	forwardStack  = fragcalc.Stack{{Function: "forward", File: "/srv/app/model.py", Line: 12}, {Function: "step", File: "/srv/app/train.py", Line: 30}}
	backwardStack = fragcalc.Stack{{Function: "backward", File: "/srv/app/model.py", Line: 40}, {Function: "step", File: "/srv/app/train.py", Line: 31}}
)

// stacked gives every live block of a process a stack; the numbers are others
// each time.
func stacked(p *fragcalc.Process, turned bool) {
	p.Stacks = fragcalc.Stacks{forwardStack, backwardStack}
	of := func(b *fragcalc.Block) uint32 { return uint32(b.Address/512)%2 + 1 }
	if turned {
		p.Stacks = fragcalc.Stacks{backwardStack, forwardStack}
	}
	for i := range p.Pools {
		for j := range p.Pools[i].Segments {
			for k := range p.Pools[i].Segments[j].Blocks {
				b := &p.Pools[i].Segments[j].Blocks[k]
				if b.State == fragcalc.BlockFree {
					continue
				}
				b.Stack = of(b)
				if turned {
					b.Stack = 3 - b.Stack
				}
			}
		}
	}
}

// beforeNode and afterNode are a node at two moments two minutes apart: of its
// busiest process every seventh used block was freed, one segment went and one
// came; one process ended and another began.
func beforeNode() *fragcalc.Snapshot {
	s := testNode(1, 2, 9)
	for i := range s.Processes {
		if p := &s.Processes[i]; p.PID == 48049 {
			stacked(p, false)
		}
	}
	return s
}

func afterNode() *fragcalc.Snapshot {
	s := testNode(1, 2, 9)
	s.At = epoch.Add(125 * time.Second)
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.PID != 48049 {
			continue
		}
		stacked(p, true)
		n := 0
		for j := range p.Pools {
			pool := &p.Pools[j]
			for k := range pool.Segments {
				for m := range pool.Segments[k].Blocks {
					if b := &pool.Segments[k].Blocks[m]; b.State == fragcalc.BlockUsed {
						if n++; n%7 == 0 {
							b.State, b.Requested, b.Stack = fragcalc.BlockFree, 0, 0
						}
					}
				}
			}
		}
		pool := &p.Pools[0]
		last := pool.Segments[len(pool.Segments)-1]
		at := last.Address + uint64(last.Size) + 8*gib
		fresh := fragcalc.Segment{Address: at, Size: 64 * mib, Blocks: []fragcalc.Block{
			{Address: at, Size: 40 * mib, Requested: 39 * mib, State: fragcalc.BlockUsed, Stack: 1},
			{Address: at + 40*mib, Size: 24 * mib}}}
		pool.Segments = append(pool.Segments[1:], fresh)
		p.Figures = fragcalc.Measure(p.Pools, p.Settings)
		p.GPUMemory = fragcalc.Of(p.Reserved.Or(0) + 520*mib)
		p.Against(p.GPUMemory, p.ActivePeak)
		p.Fit(p.Pools, p.Settings, p.Room)
		p.AllocRetries, p.OOMs = fragcalc.Of[int64](5), fragcalc.Of[int64](1)
	}
	s.Processes = slices.DeleteFunc(s.Processes, func(p fragcalc.Process) bool { return p.PID == 48007 })
	started := testProcess(rand.New(rand.NewSource(5)), 49000, s.GPUs[0].UUID, 4)
	for i := range started.Pools {
		pool := &started.Pools[i]
		pool.Segments = slices.DeleteFunc(pool.Segments, func(s fragcalc.Segment) bool { return s.Size > 64*mib })
	}
	started.Figures = fragcalc.Measure(started.Pools, started.Settings)
	started.GPUMemory = fragcalc.Of(started.Reserved.Or(0) + 520*mib)
	s.Processes = append(s.Processes, started)
	return s
}

// marked shows the node two minutes after its first moment was marked.
func marked(t *testing.T, width, height int) *driver {
	d := newDriver(t, width, height).sample(beforeNode())
	d.keys("m")
	return d.sample(afterNode())
}

func TestGoldenChange(t *testing.T) {
	for _, view := range []struct {
		name string
		keys []string
	}{
		{"change-node", []string{"'"}},
		{"change-process", []string{"'", "enter"}},
		{"change-pool", []string{"'", "enter", "j", "j", "enter"}},
		{"change-segment", []string{"'", "enter", "G", "k", "enter", "'"}},
	} {
		for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {200, 60}, {40, 10}} {
			name := fmt.Sprintf("%s-%dx%d", view.name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				d := marked(t, size.width, size.height)
				d.keys(view.keys...)
				compareGolden(t, name, strings.Join(d.screen(), "\n")+"\n")
			})
		}
	}
}

func TestMarkAndDifference(t *testing.T) {
	d := newDriver(t, 120, 40).sample(beforeNode())
	d.keys("m")
	d.shows("marked 12:04:31: ' shows the difference since")
	d.keys("'")
	d.shows("since the mark, 12:04:31: the moment that is shown")
	d.sample(afterNode())
	d.shows("Change from 12:04:31 (mark) to 12:06:36 (shown), 2 min", "gone", "new")
	if fields := strings.Fields(d.line("48007 gone")); fields[len(fields)-5] != "–" { // retries do not unhappen
		t.Errorf("the retries of a process that is gone: %v", fields)
	}
	if got := d.selected(); !strings.HasPrefix(got, "48049") {
		t.Fatalf("the largest difference is said to be that of %q", got)
	}
	d.keys("enter")
	d.shows("48049 › change", "By stack", "model.py:40 backward < train.py:31 step", "Newly stranded", "By pool", "+64.0M new in 1 segment", "newly stranded in")
	d.keys("'") // again: back to the list of the same level
	d.shows("POOL", "1 cell = ")
	d.keys("'", "esc")
	d.hides("› change")
	d.shows("48049")
	// Opened at the mark, before anything was different, the cursor is on top once something is.
	early := newDriver(t, 120, 40).sample(beforeNode())
	early.app.goTo(place{level: processLevel, row: rowOf(early, 48049)})
	early.keys("m", "'")
	early.shows("By pool")
	early.hides("By stack")
	early.sample(afterNode())
	if at, _ := early.app.view().position(); at != 0 {
		t.Errorf("the cursor is on row %d", at)
	}
	// The mark moves.
	d.keys("m")
	d.shows("marked 12:06:36: ' shows the difference since")
	d.keys("'")
	d.shows("The mark is the moment that is shown", "none came or went")
}

// figure reads a figure's line in bytes: before, after, change.
func (d *driver) figure(name string) [3]int64 {
	d.t.Helper()
	fields := regexp.MustCompile(name + ` +(\d+) +(\d+) +([+-]?\d+)`).FindStringSubmatch(strings.Join(d.screen(), "\n"))
	if fields == nil {
		d.t.Fatalf("no figure %q on the screen:\n%s", name, strings.Join(d.screen(), "\n"))
	}
	var figures [3]int64
	for i := range figures {
		figures[i], _ = strconv.ParseInt(fields[i+1], 10, 64)
	}
	return figures
}

// tally reads the signed bytes before a few words; 0 where they are not there.
func (d *driver) tally(words string) int64 {
	fields := regexp.MustCompile(`([+-]\d+) ` + words).FindStringSubmatch(strings.Join(d.screen(), "\n"))
	if fields == nil {
		return 0
	}
	n, _ := strconv.ParseInt(fields[1], 10, 64)
	return n
}

// What the screen says of the demo adds up, at every level, with the mark before
// and behind what is shown.
func TestDifferencesAddUpOnTheScreen(t *testing.T) {
	node := demo.NewNode(1)
	d := newDriver(t, 200, 60)
	at := func(seconds int) *fragcalc.Snapshot {
		return node.Snapshot(epoch.Add(time.Duration(seconds) * time.Second))
	}
	d.sample(at(1))
	d.keys("u", "u", "u", "m")
	first := d.app.world.snapshot
	d.sample(at(9))
	last := d.app.world.snapshot
	changes := 0
	check := func(depth string) {
		t.Helper()
		for name, sum := range map[string]int64{
			"reserved": d.tally("new in") + d.tally("grown in") + d.tally("gone in") + d.tally("shrunk in"),
			"used":     d.tally("allocated in") + d.tally("freed in"),
			"stranded": d.tally("newly stranded in") + d.tally("no longer in"),
		} {
			f := d.figure(name)
			if f[1]-f[0] != f[2] || f[2] != sum {
				t.Errorf("%s: %s went from %d to %d, by %d; the parts add up to %d:\n%s", depth, name, f[0], f[1], f[2], sum, strings.Join(d.screen(), "\n"))
			}
			if sum != 0 {
				changes++
			}
		}
	}
	for row := range len(last.Processes) {
		p := &last.Processes[row]
		if !p.Instrumented {
			continue
		}
		d.app.goTo(place{level: processLevel, tab: tabChange, row: p.RowID})
		check("process " + rowName(p.RowID))
		for i := range p.Pools {
			d.app.goTo(place{level: poolLevel, tab: tabChange, row: p.RowID, pool: p.Pools[i].PoolID})
			check("a pool of " + rowName(p.RowID))
			for j := range min(len(p.Pools[i].Segments), 3) {
				d.app.goTo(place{level: segmentLevel, tab: tabChange, row: p.RowID, pool: p.Pools[i].PoolID, segment: p.Pools[i].Segments[j].Address})
				check("a segment of " + rowName(p.RowID))
				if got, want := d.figure("reserved")[1], p.Pools[i].Segments[j].Size; got != want {
					t.Errorf("a segment of %d bytes is shown with %d reserved", want, got)
				}
			}
		}
		d.app.world.mark, d.app.world.snapshot = last, first
		d.app.goTo(place{level: processLevel, tab: tabChange, row: p.RowID})
		check("back in time, " + rowName(p.RowID))
		d.app.world.mark, d.app.world.snapshot = first, last
	}
	if changes < 10 {
		t.Errorf("only %d differences were seen", changes)
	}
}

func TestWithoutAMarkItIsTheWalkBefore(t *testing.T) {
	d := newDriver(t, 120, 40).sample(beforeNode())
	d.keys("'")
	d.shows("Nothing to compare yet", "m marks a moment")
	d.keys("'", "enter", "'")
	d.shows("Nothing to compare yet")
	d.sample(afterNode())
	d.shows("from 12:04:31 (the walk before) to 12:06:36 (shown)", "m marks a moment to compare with", "newly stranded in")
	d.keys("esc", "esc", "'")
	d.shows("since the walk before, of each process its own")
	d.keys("m")
	d.hides("the walk before")
}

func TestAMarkWhoseProcessIsGoneSaysSo(t *testing.T) {
	d := newDriver(t, 120, 40).sample(beforeNode())
	d.app.goTo(place{level: processLevel, row: rowOf(d, 48007)})
	d.keys("m", "'")
	d.sample(afterNode())
	d.shows("Process 48007 no longer uses this GPU: it did at the mark, 12:04:31, where it had reserved")
	d.app.goTo(place{level: processLevel, tab: tabChange, row: rowOf(d, 49000)})
	d.shows("It was not there at 12:04:31: all of it is new.", "allocated in")
	d.hides("freed in", "gone in")
}

// rowOf is the row of a PID in what is shown.
func rowOf(d *driver, pid int) fragcalc.RowID {
	d.t.Helper()
	for i := range d.app.world.snapshot.Processes {
		if p := &d.app.world.snapshot.Processes[i]; p.PID == pid {
			return p.RowID
		}
	}
	d.t.Fatalf("no process %d", pid)
	return fragcalc.RowID{}
}

// Enter leads to what the cursor is on: a pool's own changes, the block in the
// hole, the segment.
func TestEnterInTheChangeTab(t *testing.T) {
	open := func(section string) *driver {
		d := marked(t, 120, 60)
		d.keys("'", "enter")
		for range 400 {
			if v := d.app.view().(*changeView); strings.HasPrefix(v.sections.Current().Heading(), section) {
				return d
			}
			d.keys("j")
		}
		t.Fatalf("no section %q", section)
		return nil
	}
	d := open("By stack")
	d.keys("enter") // nothing is below a stack
	d.shows("48049 › change")
	d = open("By pool")
	pool := strings.Fields(d.selected())[0]
	d.keys("enter")
	d.shows("› "+pool, "› change", "BEFORE")
	d.hides("By pool", "GPU memory")
	d = open("Newly stranded")
	address := strings.Fields(d.selected())[1]
	d.keys("enter")
	d.shows("before it", "after it", address)
	if d.app.world.place.level != blockLevel {
		t.Errorf("on level %d", d.app.world.place.level)
	}
	d = open("Segments")
	address = strings.Fields(d.selected())[2]
	d.keys("enter")
	d.shows("› "+address, "REQUESTED")
}

func TestListsOfChangesAreSortedAndFiltered(t *testing.T) {
	d := marked(t, 120, 60)
	d.keys("'", "enter", "/")
	d.keys(strings.Split("backward", "")...)
	d.keys("enter")
	v := d.app.view().(*changeView)
	if len(v.stacks.Rows) != 1 || !strings.Contains(d.selected(), "backward") {
		t.Errorf("%d stacks, on %q", len(v.stacks.Rows), d.selected())
	}
	if len(v.holes.Rows) == 0 {
		t.Error("the filter of one list empties another")
	}
	d.keys("esc")
	if len(v.stacks.Rows) != 2 || d.app.world.place.tab != tabChange {
		t.Errorf("Esc: %d stacks, tab %d", len(v.stacks.Rows), d.app.world.place.tab)
	}
	for v.sections.Current() != table.Section(v.holes) {
		d.keys("j")
	}
	d.keys("s")
	d.shows("Sort newly stranded by", "what most of it was")
	d.keys("esc", "<", ">", ">")
	d.shows("WAS▲")
	d.keys("/")
	d.keys(strings.Split("was==free", "")...)
	d.keys("enter")
	for _, row := range v.holes.Rows {
		if row.was() != "free" {
			t.Errorf("%+v passes the filter was==free", row)
		}
	}
}

// What came and went is told in whole parts; an ellipsis says that there are more.
func TestTheTalliesOfAChangeAreWhole(t *testing.T) {
	whole := regexp.MustCompile(`^ (blocks|holes|segments) +[-+0-9].* in \d+ [a-z]+( …)?$`)
	for _, width := range []int{60, 70, 80, 90, 120, 200} {
		d := marked(t, width, 40)
		d.keys("'", "enter")
		seen := 0
		for _, line := range d.screen() {
			if name, _, _ := strings.Cut(strings.TrimSpace(line), " "); name == "blocks" || name == "holes" || name == "segments" {
				if seen++; !whole.MatchString(strings.TrimRight(line, " ")) {
					t.Errorf("at %d cells %q", width, line)
				}
			}
		}
		if seen != 3 {
			t.Errorf("at %d cells %d lines say what came and went", width, seen)
		}
	}
	d := marked(t, 80, 24)
	d.keys("'", "enter")
	if line := d.line(" blocks "); !strings.HasSuffix(line, " …") {
		t.Errorf("at 80 cells %q", line)
	}
	d = marked(t, 40, 10)
	d.keys("'")
	if line := d.line(" Change from"); line != " Change from 12:04:31 to 12:06:36" {
		t.Errorf("at 40 cells %q", line)
	}
}
