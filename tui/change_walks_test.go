package tui

import (
	"context"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

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
