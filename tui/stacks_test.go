package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// demoDriver looks at the demo's first moment.
func demoDriver(t *testing.T, width, height int, change ...func(*Options)) *driver {
	return newDriver(t, width, height, change...).sample(demo.NewNode(1).Snapshot(epoch))
}

const keeps = "contrastive.py:41 keep_states"

// Someone who has never seen the program finds what pins the largest pinned
// segment: the worst process is on top, and the worst segment under the cursor.
func TestWhatPinsTheLargestPinnedSegmentIsFoundInTwoKeys(t *testing.T) {
	d := demoDriver(t, 120, 40)
	if !strings.HasPrefix(d.selected(), "48121") {
		t.Fatalf("the worst process is not selected: %s", d.selected())
	}
	d.keys("enter", "enter")
	d.shows("Pinned by " + keeps)
	worst := strings.Fields(d.selected())[0]
	d.keys("esc", "S")
	if line := d.selected(); !strings.HasSuffix(line, keeps) {
		t.Errorf("the first stack is not the one that pins most: %s", line)
	}
	d.shows("The worst is "+worst, "… 4 calls of C++", "model.py:121 forward  /home/alice/lm", "PINS ALONE▼")
	d.hides("torch::CapturedTraceback")
	d.keys("enter")
	d.shows("› "+worst, "ALLOCATED BY", "Allocated by "+keeps)
	if line := d.selected(); !strings.HasSuffix(line, keeps) || !strings.Contains(line, "used") {
		t.Errorf("the cursor is not on the block that pins: %s", line)
	}
	d.keys("S")
	d.shows("› stacks", keeps)
	d.keys("enter")
	d.shows("before it", "allocated by    "+keeps, "model.py:121 forward")
	d.keys("j", "k", "k") // a block whose neighbour is live
	d.shows(" used · allocated by " + keeps)
}

func TestAStackUnfoldsAndScrolls(t *testing.T) {
	for _, at := range []struct {
		name string
		walk []string
		key  string
	}{
		{"stacks", []string{"enter", "S"}, "e"},
		{"block", []string{"enter", "S", "enter", "enter"}, "e"},
		{"block", []string{"enter", "S", "enter", "enter"}, "enter"},
	} {
		d := demoDriver(t, 80, 24)
		d.keys(at.walk...)
		d.shows("… 4 calls of C++")
		d.keys(at.key)
		d.shows("torch::CapturedTraceback::gather")
		d.hides("train.py:231 <module>")
		d.keys("pgdown", "pgdown", "pgdown", "pgdown")
		d.shows("train.py:231 <module>")
		d.hides("torch::CapturedTraceback::gather")
		d.keys("pgup", "ctrl+u", "ctrl+u", "ctrl+u", "ctrl+u")
		d.shows("torch::CapturedTraceback::gather")
		d.keys(at.key)
		d.shows("… 4 calls of C++")
		d.hides("torch::CapturedTraceback::gather")
	}
}

// PyTorch records the interpreter's own calls too: between those of the program
// they are a sign, not a line.
func TestTheInterpreterIsNotInTheWay(t *testing.T) {
	s := fileSnapshot(2)
	p := &s.Processes[0]
	eval := fragcalc.Frame{File: "/src/Python/ceval.c", Line: 4769, Function: "_PyEval_EvalFrameDefault"}
	p.Stacks = fragcalc.Stacks{{eval, p.Stacks[0][0], eval, p.Stacks[0][1], eval}}
	d := newDriver(t, 120, 40).sample(s)
	d.keys("enter", "S")
	d.shows("… 1 call of C++", "model.py:10 layer_0  /app …")
	if n := strings.Count(strings.Join(d.screen(), "\n"), "1 call of C++"); n != 2 {
		t.Errorf("%d lines of compiled code, want the first and the last", n)
	}
	d.keys("e")
	if n := strings.Count(strings.Join(d.screen(), "\n"), "ceval.c:4769"); n != 3 {
		t.Errorf("%d calls of the interpreter, want 3", n)
	}
}

// The lines of the table are the live memory, at each level.
func TestGroupsOfEachLevel(t *testing.T) {
	d := demoDriver(t, 200, 60)
	d.keys("enter", "S")
	says := func(f *fragcalc.Figures) {
		t.Helper()
		d.shows(fmt.Sprintf(" %s live in ", units.Bytes(f.Used.Or(0)+f.Pending.Or(0))), units.Bytes(f.Stranded.Or(0))+" stranded: ")
	}
	p := &d.app.latest.Processes[0]
	says(&p.Figures)
	d.keys("esc", "g", "enter", "S")
	d.shows("large · default stream › stacks")
	says(&p.Pools[0].Figures)
	d.keys("esc")
	d.shows("PINNED BY", keeps)
	d.keys("enter", "S")
	d.shows("live in 1 block of 1 stack")
}

func TestStacksSortFilterAndMerge(t *testing.T) {
	d := demoDriver(t, 120, 40)
	d.keys("enter", "S", "s")
	d.shows("Sort stacks by", "alone", "blocks")
	d.keys("esc", ">", ">", ">")
	d.shows("LIVE▼")
	if line := d.line("4.50G"); !strings.HasSuffix(line, "train.py:136 train_step") {
		t.Errorf("%q", line)
	}
	d.keys("/")
	d.keys(strings.Split("stack==x", "")...)
	d.shows("No stack matches the filter")
	d.keys("esc", "/")
	d.keys(strings.Split("linear.py", "")...) // a library's call, which is folded
	d.keys("enter")
	d.shows("model.py:104 mlp", "model.py:84 attention")
	d.hides("train.py:136 train_step")
	d.keys("esc")
	d.shows("train.py:136 train_step")

	// Two stacks that differ in libraries only.
	s := fileSnapshot(2)
	p := &s.Processes[0]
	own := p.Stacks[0][0]
	lib := func(line int) fragcalc.Frame {
		return fragcalc.Frame{File: "/v/site-packages/torch/x.py", Line: line, Function: "f"}
	}
	p.Stacks = fragcalc.Stacks{{lib(1), own}, {lib(2), own}}
	p.Pools[0].Segments[0].Blocks = append(p.Pools[0].Segments[0].Blocks[:1:1],
		fragcalc.Block{Address: 0x7f0000400000, Size: 4 * mib, Requested: 4 * mib, State: fragcalc.BlockUsed, Stack: 2},
		fragcalc.Block{Address: 0x7f0000800000, Size: 12 * mib})
	d = newDriver(t, 120, 40).sample(s)
	d.keys("enter", "S")
	d.shows("of 1 stack ", "one of 2 stacks that differ in libraries only", "12.0 MiB pinned by one stack each")
	d.keys("E")
	d.shows("of 2 stacks ", "one line for each stack", "all pinned by several stacks")
	d.keys("E")
	d.shows("of 1 stack ")
}

func TestTheSelectedStackStaysSelected(t *testing.T) {
	node := demo.NewNode(1)
	at := epoch
	d := newDriver(t, 120, 40).sample(node.Snapshot(at))
	d.keys("enter", "S", "G")
	chosen := strings.Fields(d.selected())
	for range 5 {
		at = at.Add(1500e6)
		d.sample(node.Snapshot(at))
		if now := strings.Fields(d.selected()); now[len(now)-2] != chosen[len(chosen)-2] {
			t.Fatalf("the cursor went from %v to %v", chosen, now)
		}
	}
}

func TestWhyThereAreNoStacks(t *testing.T) {
	const how = "torch.cuda.memory._record_memory_history()"
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("enter", "S")
	d.shows("No stacks are known of 48049", "without their stacks", how, "gpufragtop open memory.pickle")
	d.keys("enter", "E", "e", "j", "/", "esc") // nothing to go to
	d.shows("No stacks are known of 48049")

	d = newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("end", "enter", "S")
	d.shows("not seen into: not instrumented")
	d.hides(how)

	file := fileSnapshot(1)
	file.Processes[0].Stacks = nil
	d = newDriver(t, 120, 40).sample(file)
	d.keys("enter", "S")
	d.shows("train.pickle holds none", how)
	file.Processes[0].Trace = &fragcalc.Trace{}
	d = newDriver(t, 120, 40).sample(file)
	d.keys("enter", "S")
	d.shows("holds the history of its program, but without stacks")

	d = demoDriver(t, 120, 40)
	d.keys("/")
	d.keys(strings.Split("pid==51207", "")...)
	d.keys("enter", "enter", "S")
	d.shows("records no history", how)
	d.keys("esc", "enter", "enter")
	d.hides("ALLOCATED BY", "PINNED BY")
}

func TestWhatIsLookedAtDisappearsFromTheStacks(t *testing.T) {
	for depth, want := range []string{"no longer uses this GPU", "pool is gone", "given back"} {
		d := demoDriver(t, 80, 24)
		for range depth + 1 {
			d.keys("enter")
		}
		d.keys("S")
		s := demo.NewNode(1).Snapshot(epoch)
		switch p := &s.Processes[0]; depth {
		case 0:
			s.Processes = s.Processes[1:]
		case 1:
			p.Pools = p.Pools[1:]
		case 2:
			p.Pools[0].Segments = p.Pools[0].Segments[:100]
		}
		d.sample(s)
		d.shows(want, "Esc goes back")
	}
}

func TestGoldenStacks(t *testing.T) {
	for _, view := range []struct {
		name string
		keys []string
	}{
		{"stacks", []string{"enter", "S"}},
		{"stacks-open", []string{"enter", "S", "e"}},
		{"stacks-segment", []string{"enter", "S", "enter"}},
		{"stacks-block", []string{"enter", "S", "enter", "enter"}},
		{"stacks-pool", []string{"enter", "enter"}},
		{"stacks-none", []string{"j", "j", "enter", "S"}},
	} {
		for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {200, 60}, {40, 10}} {
			name := fmt.Sprintf("%s-%dx%d", view.name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				d := demoDriver(t, size.width, size.height)
				d.keys(view.keys...)
				compareGolden(t, name, strings.Join(d.screen(), "\n")+"\n")
			})
		}
	}
}

func TestStacksAllocateLittle(t *testing.T) {
	const most = 500
	for _, walk := range [][]string{{"enter", "S", "e"}, {"enter", "S", "enter"}, {"enter", "S", "enter", "enter", "e"}} {
		d := demoDriver(t, 120, 40, func(o *Options) { o.Getenv = colourTerminal })
		d.keys(walk...)
		if got := testing.AllocsPerRun(20, func() { _ = d.app.View() }); got > most {
			t.Errorf("%v: View allocates %.0f times, may %d", walk, got, most)
		}
	}
}

func BenchmarkStacks(b *testing.B) {
	d := demoDriver(&testing.T{}, 120, 40, func(o *Options) { o.Getenv = colourTerminal })
	d.keys("enter", "S", "e")
	b.ReportAllocs()
	for b.Loop() {
		_ = d.app.View()
	}
}

// The column that is sorted by is explained above the table, whichever it is.
func TestTheSortedColumnOfStacksIsExplained(t *testing.T) {
	d := demoDriver(t, 80, 24)
	d.keys("enter", "S")
	d.shows("Sorted by PINS ALONE: stranded that no other stack pins")
	d.keys(">")
	d.shows("Sorted by PINS IN ALL: stranded that it pins, alone or together")
}
