package tui

import (
	"context"
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

// Wherever the cursor goes over the lists, it is seen, from every row the way to
// the next one is one step, and page by page it comes to the end.
func TestTheCursorOfTheChangeTabIsSeen(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}} {
		d := marked(t, size[0], size[1])
		d.keys("'", "enter")
		v := d.app.view().(*changeView)
		_, of := v.position()
		for want := range of {
			if at, _ := v.position(); at != want {
				t.Fatalf("%v: on row %d, want %d", size, at, want)
			}
			d.selected()
			d.keys("j")
		}
		for steps := 0; ; steps++ {
			d.selected()
			if at, _ := v.position(); at == 0 {
				break
			}
			if steps > of {
				t.Fatalf("%v: pages up do not lead to the top", size)
			}
			d.keys("pgup")
		}
		d.shows("By stack") // at the top its title is seen again
	}
}

// Two moments of an incident, and back in time.
func TestTheMarkInAReplay(t *testing.T) {
	tape := &pastChange{}
	d := newDriver(t, 120, 40, func(o *Options) { o.Source, o.Recording, o.Releaser = nil, tape, nil })
	d.answer()
	d.keys("p", "m")
	d.shows("marked 12:04:31")
	d.keys(".")
	d.answer()
	d.app.goTo(place{level: processLevel, tab: tabChange, row: rowOf(d, 48049)})
	d.shows("from 12:04:31 (mark) to 12:06:36 (shown)", "+64.0M new in 1 segment")
	there := d.line("used ")
	d.keys("m", ",") // the mark is now the later moment
	d.answer()
	d.shows("from 12:04:31 (shown) to 12:06:36 (mark)", "+64.0M new in 1 segment")
	if back := d.line("used "); back != there {
		t.Errorf("there %q, back %q", there, back)
	}
	// What is new at the mark is not there yet: Enter says so.
	v := d.app.view().(*changeView)
	for v.sections.Current() != table.Section(v.segments) {
		d.keys("j")
	}
	for !strings.Contains(d.selected(), "new") {
		d.keys("j")
	}
	d.keys("enter")
	d.shows("This segment has been given back.")
	d.app.goTo(place{level: processLevel, tab: tabChange, row: d.app.world.mark.Processes[len(d.app.world.mark.Processes)-1].RowID})
	d.shows("Process 49000 does not use this GPU yet: it did at the mark, 12:06:36")
	d.app.goTo(place{tab: tabChange})
	d.shows("from 12:04:31 (shown) to 12:06:36 (mark)", "gone", "new")
}

// pastChange is a recording of the node at both moments.
type pastChange struct{}

func (pastChange) Len() int { return 2 }

func (pastChange) Time(i int) time.Time { return epoch.Add(time.Duration(125*i) * time.Second) }

func (p pastChange) Sample(_ context.Context, i int) *fragcalc.Snapshot {
	s := [...]func() *fragcalc.Snapshot{beforeNode, afterNode}[i]()
	s.From = "train.tape"
	return s
}

func (p pastChange) Figures(ctx context.Context, i int) *fragcalc.Snapshot { return p.Sample(ctx, i) }

func TestNoMarkInAReport(t *testing.T) {
	d := newDriver(t, 80, 24)
	s := beforeNode()
	s.Report = &fragcalc.OOMReport{}
	d.sample(s)
	d.keys("m")
	d.shows("a report is one moment only")
	if d.app.world.mark != nil {
		t.Error("a report was marked")
	}
}

// A walk that is seen again is no new one, and what was before stays what is
// compared with.
func TestWalksSeenAgain(t *testing.T) {
	var l lastWalks
	look := func(seconds float64, p fragcalc.Process, age float64) fragcalc.RowID {
		p.SnapshotAge = fragcalc.Of(time.Duration(age * float64(time.Second)))
		l.push(&fragcalc.Snapshot{At: epoch.Add(time.Duration(seconds * float64(time.Second))), Processes: []fragcalc.Process{p}})
		return p.RowID
	}
	since := func(id fragcalc.RowID) float64 {
		m, ok := l.before(id)
		if !ok {
			return -1
		}
		return m.at.Sub(epoch).Seconds()
	}
	one := func(used int64) fragcalc.Process {
		p := fragcalc.Process{Pools: []fragcalc.Pool{{}}}
		p.Used = fragcalc.Of(used)
		return p
	}
	shared := one(1)
	for step, c := range []struct {
		at, age float64
		p       fragcalc.Process
		want    float64
	}{
		{0, 0.1, shared, -1},
		{1, 1.1, shared, -1}, // the same memory
		{2, 0.1, one(2), 0},  // another walk; the one before was seen first at 0
		{3, 1.1, one(2), 0},  // read anew, as from a recording: the same walk, older
		{4, 2.1, one(2), 0},
		{5, 0.1, one(2), 2}, // as large, but younger
		{5.5, 0.6, one(3), 5},
		{1, 0.1, one(1), -1}, // back in time
	} {
		if got := since(look(c.at, c.p, c.age)); got != c.want {
			t.Errorf("step %d: the walk before is of second %v, want %v", step, got, c.want)
		}
	}
}

func TestNoSizeBreaksTheChangeTab(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	levels := [][]string{{"'"}, {"'", "enter"}, {"enter", "enter", "'"}, {"enter", "enter", "enter", "'"}}
	for range 400 {
		width, height := 1+r.Intn(200), 1+r.Intn(60)
		if r.Intn(3) == 0 {
			width, height = 1+r.Intn(40), 1+r.Intn(14)
		}
		d := newDriver(t, width, height, func(o *Options) { o.ASCII = r.Intn(2) == 0 })
		sample := func(at int) {
			s := hostileNode(r)
			switch r.Intn(8) {
			case 0:
				s = unknownNode()
			case 1:
				s = beforeNode()
			case 2:
				s = afterNode()
			}
			s.At = epoch.Add(time.Duration(at) * time.Minute)
			d.sample(s)
		}
		sample(0)
		if r.Intn(3) > 0 {
			d.keys("m")
		}
		walk := levels[r.Intn(len(levels))]
		d.keys(walk...)
		for range r.Intn(4) {
			d.keys([]string{"j", "G", "u", "ctrl+d", "k", "g"}[r.Intn(6)])
			checkBounds(t, d, width, height, walk)
		}
		sample(1)
		for range r.Intn(6) {
			d.keys([]string{"j", "G", "pgdown", "ctrl+d", "k", "pgup"}[r.Intn(6)])
			checkBounds(t, d, width, height, walk)
		}
	}
}

// The change of a process of 100,000 blocks is drawn as fast as any screen.
func TestTheChangeTabAllocatesLittle(t *testing.T) {
	const most = 500
	d := crowded(t)
	if got := testing.AllocsPerRun(20, func() { _ = d.app.View() }); got > most {
		t.Errorf("View allocates %.0f times, may %d", got, most)
	}
}

// crowded shows what changed in a process of 100,000 blocks.
func crowded(t *testing.T) *driver {
	of := func(seed int64) *fragcalc.Snapshot {
		r := rand.New(rand.NewSource(seed))
		segment := fragcalc.Segment{Address: 1 << 40, Size: 100_000 * mib}
		for i := range int64(100_000) {
			b := fragcalc.Block{Address: segment.Address + uint64(i*mib), Size: mib, State: fragcalc.BlockState(r.Intn(2))}
			if b.State == fragcalc.BlockUsed {
				b.Requested, b.Stack = mib, uint32(1+r.Intn(2))
			}
			segment.Blocks = append(segment.Blocks, b)
		}
		p := fragcalc.Process{Instrumented: true, Stacks: fragcalc.Stacks{forwardStack, backwardStack}, Pools: fragcalc.GroupPools([]fragcalc.WalkSegment{{Segment: segment}})}
		p.Figures = fragcalc.Measure(p.Pools, p.Settings)
		return &fragcalc.Snapshot{At: epoch.Add(time.Duration(seed) * time.Minute), Processes: []fragcalc.Process{p}}
	}
	d := newDriver(t, 120, 40, func(o *Options) {
		o.Getenv = func(name string) string {
			return map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}[name]
		}
	}).sample(of(1))
	d.keys("m")
	d.sample(of(2))
	d.keys("enter", "'")
	return d
}

func BenchmarkChangeTab(b *testing.B) {
	d := crowded(&testing.T{})
	b.Run("view", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = d.app.View()
		}
	})
	b.Run("sample", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d.app.view().(*changeView).of = compared{}
			d.app.refresh()
		}
	})
}

// What libraries do between the allocator and the program does not hide who
// allocated it.
func TestTheChangeNamesTheProgramsOwnCalls(t *testing.T) {
	lib := fragcalc.Frame{File: "/v/lib/python3.11/site-packages/torch/x.py", Line: 1, Function: "call"}
	stack := fragcalc.Stack{{File: "??", Function: "malloc"}, lib, forwardStack[0], lib, forwardStack[1]}
	for most, want := range map[int]string{5: "model.py:12 forward < train.py:30 step", 1: "model.py:12 forward"} {
		if got := stackLine(stack, most); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := stackLine(stack[:2], 5); got != "torch/x.py:1 call" {
		t.Errorf("without a call of its own: %q", got)
	}
	if all := allCalls(stack); !strings.HasPrefix(all, "malloc < torch/x.py:1 call < model.py:12 forward") {
		t.Errorf("all calls: %q", all)
	}
}
