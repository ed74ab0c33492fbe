package tui

import (
	"regexp"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestSelectionSurvivesAResort(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("j", "j")
	chosen := strings.Fields(d.selected())[0]
	for _, key := range []string{"P", "U", "I", "<", ">"} {
		d.keys(key)
		if got := strings.Fields(d.selected())[0]; got != chosen {
			t.Errorf("after %s the cursor is on %s, was on %s", key, got, chosen)
		}
	}
	// The process moves to the top of the list by itself.
	d.keys("M")
	d.selectPID(48042)
	chosen = "48042"
	s := testNode(1, 2, 9)
	for i := range s.Processes {
		if strings.HasPrefix(chosen, "48") && s.Processes[i].PID == 48042 {
			s.Processes[i].GPUMemory = fragcalc.Of[int64](79 * gib)
		}
	}
	d.sample(s)
	if got := strings.Fields(d.selected())[0]; got != chosen {
		t.Errorf("after a sample the cursor is on %s, was on %s", got, chosen)
	}
}

// Who asks for an order by what is worst wants to see the worst.
func TestSortingByWhatIsWorstGoesToIt(t *testing.T) {
	for _, keys := range [][]string{{"M"}, {"F"}, {"s", "G", "enter"}, {"s", "g", "enter"}} {
		d := newDriver(t, 120, 40).sample(testNode(1, 8, 200))
		d.keys("P", "G")
		d.keys(keys...)
		if at, of := d.app.view().position(); at != 0 || of < 100 {
			t.Errorf("after %s the cursor is on line %d of %d", keys, at+1, of)
		}
		d.keys("j", "j")
		chosen := d.selected()
		if len(keys) == 1 {
			d.keys(keys...) // it is that order already
			if got := d.selected(); got != chosen {
				t.Errorf("%s, once more, went from %q to %q", keys, chosen, got)
			}
		}
		d.sample(testNode(1, 8, 200))
		if got := d.selected(); got != chosen {
			t.Errorf("%s: a sample went from %q to %q", keys, chosen, got)
		}
	}
	d, _ := livingDemo(t, 140, 40)
	d.keys("enter", "enter", "g", "s")
	d.app.dialog.(*sortPane).list.Find("stranded")
	d.keys("enter")
	worst, _ := worstSegment(d, false)
	if got := strings.Fields(d.selected())[0]; got != worst {
		t.Errorf("in the list of segments: %s, the worst is %s", got, worst)
	}
}

func TestSelectionStaysInView(t *testing.T) {
	d := newDriver(t, 80, 24).sample(testNode(1, 8, 200))
	d.keys("G")
	last := d.selected()
	d.keys("P", "I")
	if got := d.selected(); got != last {
		t.Errorf("selected %q, was %q", got, last)
	}
	d.keys("g")
	if d.selected() == last {
		t.Error("g does not go to the first line")
	}
}

func TestWhenTheSelectedProcessEndsTheNextIsSelected(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("P", "g", "j")
	s := testNode(1, 2, 9)
	s.Processes = append(s.Processes[:1], s.Processes[2:]...)
	d.sample(s)
	if got := strings.Fields(d.selected())[0]; got != "48014" {
		t.Errorf("selected %s", got)
	}
}

func TestDrillToABlockAndBack(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	process := strings.Fields(d.selected())[0]
	d.keys("enter")
	d.shows("› "+process, "figures 0.8 s old", "watching costs 0.03 %", "1 cell = ", "POOL")
	d.keys("right")
	d.shows("SEGMENT", "MAP")
	d.keys("g", "j")
	segment := strings.Fields(d.selected())[0]
	d.keys("right")
	d.shows("BLOCK", "REQUESTED", segment)
	d.keys("g", "j")
	block := strings.Fields(d.selected())[0]
	d.keys("enter")
	d.shows("before it", "after it", block, "allocated by")
	d.keys("enter") // nothing is deeper
	d.shows("before it")
	d.keys("j", "k")
	d.shows("› " + block)
	d.keys("esc")
	if got := strings.Fields(d.selected())[0]; got != block {
		t.Errorf("back on %s, was on %s", got, block)
	}
	d.keys("h")
	if got := strings.Fields(d.selected())[0]; got != segment {
		t.Errorf("back on %s, was on %s", got, segment)
	}
	d.keys("backspace", "left")
	if got := strings.Fields(d.selected())[0]; got != process {
		t.Errorf("back on %s, was on %s", got, process)
	}
	for range 3 {
		if command := d.keys("esc"); command != nil {
			t.Error("Esc on the top level does something")
		}
	}
	d.shows("live 1.0s")
}

func TestWhatIsLookedAtDisappears(t *testing.T) {
	for depth, want := range []string{"no longer uses this GPU", "pool is gone", "given back", "block is gone"} {
		d := newDriver(t, 80, 24).sample(testNode(1, 2, 9))
		pid := strings.Fields(d.selected())[0]
		for range depth + 1 {
			d.keys("enter", "g")
		}
		s := testNode(1, 2, 9)
		for i := range s.Processes {
			p := &s.Processes[i]
			if !strings.HasPrefix(pid, "48049") || p.PID != 48049 {
				continue
			}
			switch depth {
			case 0:
				s.Processes = append(s.Processes[:i], s.Processes[i+1:]...)
			case 1:
				p.Pools = p.Pools[1:]
			case 2:
				p.Pools[0].Segments = p.Pools[0].Segments[1:]
			case 3:
				blocks := p.Pools[0].Segments[0].Blocks
				blocks[1].Address, blocks[1].Size = blocks[0].Address, blocks[0].Size+blocks[1].Size
				p.Pools[0].Segments[0].Blocks = blocks[1:]
				p.Pools[0].Segments[0].Blocks[0].Address--
			}
			break
		}
		d.sample(s)
		d.shows(want, "Esc goes back")
		d.keys("esc", "esc", "esc", "esc")
		d.shows("RESERVED")
	}
}

func TestFilter(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("/")
	d.shows("frag>0.3 & gpu==0")
	d.keys("l", "l", "a", "m", "a")
	d.hides("eval.py")
	d.shows("llama-server", "/llama")
	d.keys("enter", "n")
	first := d.selected()
	d.keys("n")
	if d.selected() == first {
		t.Error("n does not go to the next match")
	}
	d.keys("N")
	if d.selected() != first {
		t.Error("N does not come back")
	}
	d.keys("esc")
	d.shows("eval.py")
	d.keys("/", "f", "r", "a", "g", ">")
	d.shows("eval.py", "/frag>")
	if d.app.filter.problem == "" {
		t.Error("half a comparison is taken for a filter")
	}
	d.keys("1", "enter")
	d.shows("No process matches the filter. Esc clears it.")
	d.keys("esc")
	d.hides("No process matches")
}

func TestPasteFiresNoKeys(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	before := d.screen()
	if command := d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("q"), Paste: true}); command != nil {
		t.Error("a pasted q quits")
	}
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("ry\n"), Paste: true})
	d.send(tea.KeyMsg{Type: tea.KeyEnter, Paste: true})
	if got := d.screen(); strings.Join(got, "\n") != strings.Join(before, "\n") {
		t.Errorf("a paste changed the screen:\n%s", strings.Join(got, "\n"))
	}
	d.keys("/")
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("llama"), Paste: true})
	d.shows("/llama")
}

func TestNumbersGoToAGPU(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 8, 64))
	d.keys("5")
	if fields := strings.Fields(d.selected()); fields[2] != "5" {
		t.Errorf("selected %v", fields)
	}
	if line := d.line("  5 H100"); !strings.HasPrefix(line, "▸") {
		t.Errorf("GPU 5 is not marked: %q", line)
	}
	d.keys("9")
	d.shows("no GPU 9 here")
}

// However many devices there are, the processes keep five rows and the key bar
// stays.
func TestManyGPUsLeaveRoomForProcesses(t *testing.T) {
	device := regexp.MustCompile(`(?:^|[ ▸]) {0,2}(\d+) [█▆▚▓▒░?■□·]{8,} `)
	for _, gpus := range []int{1, 8, 16} {
		d := newDriver(t, 80, 24).sample(testNode(1, gpus, 64))
		rows := 0
		devices := map[string]bool{}
		for _, line := range d.screen() {
			for _, found := range device.FindAllStringSubmatch(line, -1) {
				devices[found[1]] = true
			}
			if strings.Contains(line, "   48") || strings.HasPrefix(line, "▸  48") {
				rows++
			}
		}
		if rows < 5 || len(devices) != gpus {
			t.Errorf("%d GPUs: %d devices and %d processes on the screen:\n%s", gpus, len(devices), rows, strings.Join(d.screen(), "\n"))
		}
		d.shows("q quit")
	}
	// More than can stand there are counted.
	newDriver(t, 80, 24).sample(testNode(1, 64, 64)).shows("more GPUs", "q quit")
}

func TestTheMarkedDeviceIsSeenInTheGrid(t *testing.T) {
	d := newDriver(t, 80, 24).sample(testNode(1, 16, 64))
	d.keys("9", "g")
	for _, digit := range []string{"3", "9"} {
		d.keys(digit)
		if fields := strings.Fields(d.selected()); fields[2] != digit {
			t.Errorf("selected %v", fields)
		}
		d.shows("▸  " + digit + " ")
	}
}

func TestUnitsGoRound(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	auto := d.line("48049 bob")
	for _, unit := range []string{"GiB", "MiB", "bytes"} {
		d.keys("u")
		d.shows("sizes in " + unit)
		if title := d.screen()[0]; !strings.Contains(title, unit) {
			t.Errorf("in %s the title is %q", unit, title)
		}
		if line := d.line("▸  48049"); line == auto || strings.Contains(line, "…") {
			t.Errorf("in %s: %q", unit, line)
		}
	}
	d.keys("u")
	if line := d.line("48049 bob"); line != auto {
		t.Errorf("%q, was %q", line, auto)
	}
}

func TestSortMenu(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("f6")
	d.shows("Sort processes by", "stranded / reserved")
	d.keys("g", "enter")
	d.shows("GPU-MEM▼")
	d.keys("s", "esc")
	d.hides("Sort processes by")
	d.shows("GPU-MEM▼")
	d.keys("I")
	d.shows("GPU-MEM▲")
}

func TestHelpListsEveryKeyThatTheBarsAdvertise(t *testing.T) {
	d := newDriver(t, 120, 60, withAttacher(&attacher{})).sample(testNode(1, 2, 9))
	var help strings.Builder
	for _, line := range helpLines(d.app, 100) {
		help.WriteString(ansi.Strip(line) + "\n")
	}
	for at, tabs := range d.app.views {
		for _, view := range tabs {
			if view == nil {
				continue
			}
			for _, binding := range view.bar(d.app.keys) {
				if desc := binding.Help().Desc; desc != "neighbours" && !strings.Contains(help.String(), "  "+keyNames(binding)+"  ") {
					t.Errorf("level %d: the help does not know %q", at, desc)
				}
			}
		}
	}
	d.keys("f1")
	d.shows("gpufragtop test")
	d.keys("G")
	d.shows("several states, mostly free memory")
	d.keys("q")
	d.hides("several states")
}

// Keys that arrive together, as from a held key over SSH, count one by one.
func TestKeysTypedFastAreAllTaken(t *testing.T) {
	slow := newDriver(t, 120, 40).sample(goldenNode())
	slow.keys("j", "j", "j", "k")
	fast := newDriver(t, 120, 40).sample(goldenNode())
	fast.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("jjjk")})
	if slow.selected() != fast.selected() {
		t.Errorf("fast: %s, slow: %s", fast.selected(), slow.selected())
	}
	fast.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("/bob")})
	fast.shows("/bob")
	fast.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("rr"), Paste: true})
	fast.shows("/bobrr")
}

// Letters that come as one message may be text that was pasted into a terminal
// that does not mark it.
func TestWhatComesWithAKeyDoesNotAnswerItsQuestion(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("jryyy")})
	d.shows("[ No ]")
	if d.keys("y") == nil {
		t.Error("the question is not answered by a key of its own")
	}
	d.hides("[ No ]")
}
