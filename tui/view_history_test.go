package tui

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
)

func TestTheWindowOfTheHistory(t *testing.T) {
	d := watched(t, 120, 40)
	d.keys("enter", "H")
	d.shows("48049 on GPU 1 · last 5 min", "-5m", "now", "in steps of")
	for _, step := range []struct{ key, window, foot string }{
		{"+", "last 2 min", "-2m"}, {"+", "last 1 min", "-30s"}, {"+", "last 1 min", "-1m"},
		{"=", "last 5 min", "-2m30s"}, {"-", "last 10 min", "-10m"}, {"-", "last 20 min", "-20m"},
		{"-", "last 30 min", "-15m"}, {"-", "last 1 h", "-30m"}, {"-", "last 1 h", "-1h"},
	} {
		d.keys(step.key)
		d.shows("48049 on GPU 1 · "+step.window, " "+step.window, step.foot)
	}
	// It is one for all charts, and stays.
	d.keys("esc", "esc", "H")
	d.shows("GPU 1 H100 80GB HBM3 · last 1 h")
	if d.app.world.window != history.Longest {
		t.Error("the window is not the world's")
	}
}

func TestTheHistorySaysWhatWasThen(t *testing.T) {
	d := watched(t, 120, 40)
	d.keys("enter", "H")
	now := d.line(" now  █ used")
	d.shows("R 12:04:01 released 1.20 GiB in 14 ms")
	d.hides("▲")
	d.keys("left", "left")
	d.shows("12:04:20  █ used", "▲", "no OOM, retry or release in this time")
	d.keys("right")
	d.shows("12:04:25  █ used")
	d.keys("right", "right") // the last cell, and out of it
	if got := d.line(" now  █ used"); got != now {
		t.Errorf("now is %q, was %q", got, now)
	}
	d.keys("right")
	d.hides("▲")
	d.keys("g")
	d.shows("11:59:35  █ used")
	d.keys("left") // there is nothing earlier
	d.shows("11:59:35  █ used")
	d.keys("G")
	d.hides("▲")
}

func TestFromMarkToMark(t *testing.T) {
	d := watched(t, 120, 40)
	d.keys("enter", "H", "N")
	d.shows("12:04:00  █ used", "R 12:04:01 released 1.20 GiB")
	d.keys("N")
	d.shows("t 12:03:01 2 retries")
	d.keys("N", "N")
	d.shows("t 12:00:11 2 retries")
	d.keys("n")
	d.shows("O 12:00:26 out of memory: asked for 2.00 GiB, 1.50 GiB of the GPU was free: fragmented")
	d.keys("N", "N") // round
	d.shows("R 12:04:01")
	d.keys("n")
	d.shows("t 12:00:11")
	d.keys("+", "+", "G", "N", "N")
	d.shows("R 12:04:01")
	quiet := newDriver(t, 120, 40).sample(goldenNode())
	quiet.keys("H", "n")
	quiet.shows("no OOM, retry or release in the last 5 min")
}

// Keys typed faster than the screen is drawn mean the same.
func TestTheHistoryBeforeItWasDrawn(t *testing.T) {
	d := watched(t, 120, 40)
	d.keys("enter")
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("HNN")})
	d.shows("t 12:03:01 2 retries")
}

func TestTheHistoryOfEachDevice(t *testing.T) {
	d := watched(t, 120, 40)
	d.keys("H")
	d.shows("GPU 1 H100", "48049: released", "2/2")
	d.keys("0")
	d.shows("GPU 0 H100", "1/2", "other, unseen")
	d.hides("48049: released")
	d.keys("j")
	d.shows("GPU 1 H100")
	d.keys("0", "enter") // a process of the device that is shown
	d.shows("on GPU 0 · last 5 min", "free blocks")
	d.keys("H", "esc", "5")
	d.shows("no GPU 5 here")
	d.keys("H", "7")
	d.shows("no GPU 7 here", "last 5 min")
	empty := newDriver(t, 80, 24).sample(&fragcalc.Snapshot{At: epoch, Faults: []fragcalc.Fault{{Scope: fragcalc.ScopeNode, Reason: "no NVIDIA driver"}}})
	empty.keys("H", "left", "n", "j", "+")
	empty.shows("No GPU: no NVIDIA driver")
}

// From the history of a process to that of the next, in the order of the list.
func TestTheHistoryOfTheProcessBeside(t *testing.T) {
	d := watched(t, 120, 40)
	d.keys("P", "g", "enter", "H")
	d.shows("48000 on GPU 0", "› 48000 › history")
	d.keys("j")
	d.shows("48007 on GPU 1", "› 48007 › history")
	d.keys("j", "k", "k", "k") // no further than the first
	d.shows("48000 on GPU 0")
	d.keys("j", "esc")
	d.shows("48007 ·", "POOL")
	d.keys("esc")
	if got := strings.Fields(d.selected())[0]; got != "48007" {
		t.Errorf("selected is %s", got)
	}
}

// A device on which nothing runs has a history too.
func TestTheHistoryOfADeviceWithoutProcesses(t *testing.T) {
	d := newDriver(t, 120, 40)
	s := goldenNode()
	s.GPUs = append(s.GPUs, fragcalc.GPU{Index: 2, UUID: "GPU-idle", MemoryUsed: fragcalc.Of[int64](0), MemoryFree: fragcalc.Of[int64](80 * gib)})
	d.sample(s)
	d.keys("H", "2")
	d.shows("GPU 2 · last 5 min", "█ used 0 ", "3/3")
	d.sample(s)
	d.shows("GPU 2 · last 5 min")
	d.keys("k")
	d.shows("GPU 1 H100")
	d.keys("j")
	d.shows("GPU 2 · last")
	d.keys("esc", "H") // the list has no such device selected
	d.shows("GPU 1 H100")
}

// Without a walk what the counters tell is shown, and the rest is not 0.
func TestTheHistoryWithoutAWalk(t *testing.T) {
	d := newDriver(t, 120, 40)
	s := goldenNode()
	for i := range s.Processes {
		p := &s.Processes[i]
		p.Pools = nil
		p.LargestFree, p.Stranded, p.Releasable = fragcalc.Unknown[int64]("no walk yet"), fragcalc.Unknown[int64]("no walk yet"), fragcalc.Unknown[int64]("no walk yet")
	}
	d.sample(s)
	d.keys("P", "g", "enter", "H")
	d.shows("█ used 2.", "▓ stranded –", "▒ releasable –", "▖ rest", "largest free –", "No free blocks to show: no walk yet.")
}

func TestTheTabsOfAPool(t *testing.T) {
	d := watched(t, 120, 40)
	d.keys("enter", "H", "enter")
	d.shows("Of a pool no history is kept", "free blocks 20", "largest")
	d.keys("enter")
	d.shows("BLOCK", "REQUESTED")
	d.keys("esc")
	d.shows("Of a pool no history is kept")
	d.keys("esc", "esc", "H")
	d.shows("48049 on GPU 1 · last 5 min")
	d.keys("H")
	d.shows("POOL")
}

// What was before a process ended is asked for after it.
func TestTheHistoryOfAProcessThatHasGone(t *testing.T) {
	d := watched(t, 120, 40)
	d.keys("enter", "H")
	s := goldenNode()
	s.At = s.At.Add(time.Second)
	for i := range s.Processes {
		if s.Processes[i].PID == 48049 {
			s.Processes = append(s.Processes[:i], s.Processes[i+1:]...)
			break
		}
	}
	d.sample(s)
	d.shows("48049 on GPU 1, which no longer uses it", "now  █ used –", "R 12:04:01 released 1.20 GiB", "No free blocks to show: the process is gone.")
	d.keys("left", "left")
	d.shows("▓ stranded 1.")
}

func TestAProcessThatCannotBeSeenIntoHasAHistoryToo(t *testing.T) {
	d := watched(t, 120, 40)
	d.keys("end", "enter", "H")
	d.shows("■ GPU memory 512M", "on GPU 0 · last 5 min")
	d.hides("stranded 0", "free blocks")
}

// A quiet node changes nothing in the charts, whatever the time.
func TestQuietChartsAreTheSameLines(t *testing.T) {
	d := newDriver(t, 120, 40)
	at := epoch
	sample := func() {
		s := goldenNode()
		s.At = at
		d.sample(s)
		at = at.Add(time.Second)
	}
	for range 330 {
		sample()
	}
	d.keys("enter", "H")
	before := d.screen()[1:]
	for range 30 {
		sample()
		if got := d.screen()[1:]; strings.Join(got, "\n") != strings.Join(before, "\n") {
			t.Fatalf("the screen changed:\n%s", strings.Join(got, "\n"))
		}
	}
}

// While the screen is frozen its history is that of the moment shown.
func TestAPausedHistoryStandsStill(t *testing.T) {
	d := watched(t, 120, 40)
	d.keys("enter", "H", "+", "+", "p")
	before := d.screen()
	for i := range 20 {
		s := goldenNode()
		s.At = s.At.Add(time.Duration(i+1) * time.Second)
		for j := range s.Processes {
			s.Processes[j].Used = fragcalc.Of[int64](1)
		}
		d.sample(s)
	}
	if got := d.screen(); strings.Join(got, "\n") != strings.Join(before, "\n") {
		t.Errorf("it moved:\n%s", strings.Join(got, "\n"))
	}
}

func TestTheHistoryOfAReplay(t *testing.T) {
	d := watch(t, everySecond(), 120, 40)
	d.keys("p", "}")
	d.answer()
	d.keys("enter", "H", "-", "-", "-", "-")
	d.shows("last 1 h")
	row := d.app.world.place.row
	whole := 0
	for _, value := range d.app.world.trends.Row(row).Cells(history.Reserved, d.app.world.frame(60)) {
		if value >= 0 {
			whole++
		}
	}
	if whole < 59 {
		t.Errorf("%d of 60 minutes are known after a jump", whole)
	}
	d.keys("[")
	d.answer()
	d.shows("last 1 h", "PAUSED")
}

// Parts that were highest at different moments never stand higher than what was
// reserved.
func TestAreasAreCutAtReserved(t *testing.T) {
	g := newDriver(t, 80, 24).app.world.look.Glyphs
	of := func(reserved, used, stranded, releasable, memory float64) heights {
		return heights{history.Reserved: reserved, history.Used: used, history.Stranded: stranded, history.Releasable: releasable,
			history.Slack: -1, history.LargestFree: -1, history.Memory: memory, history.DeviceFree: -1}
	}
	for _, c := range []struct {
		m    heights
		want []float64
	}{
		{of(20, 8, 4, 2, 30), []float64{8, 12, 14, 20, 30}},
		{of(10, 8, 4, 2, 30), []float64{8, 10, 10, 10, 30}},
		{of(10, 8, -1, -1, -1), []float64{8, 8, 8, 10, -1}},
		{of(-1, -1, -1, -1, 30), []float64{-1, -1, -1, -1, 30}},
		{of(10, -1, 4, 2, 30), []float64{-1, -1, -1, 10, 30}},
	} {
		device := subject{gpu: true}
		for i, area := range device.areas(g) {
			if got := area.top(&c.m); got != c.want[i] {
				t.Errorf("%v: the top of %s is %v, want %v", c.m, area.name, got, c.want[i])
			}
		}
	}
}

func TestViewOfHistoryAllocatesLittle(t *testing.T) {
	const most = 500
	d := watched(t, 120, 40, func(o *Options) {
		o.Getenv = func(name string) string {
			return map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}[name]
		}
	})
	d.keys("enter", "H", "left")
	if got := testing.AllocsPerRun(20, func() { _ = d.app.View() }); got > most {
		t.Errorf("View allocates %.0f times, may %d", got, most)
	}
}

func BenchmarkHistoryView(b *testing.B) {
	d := watched(&testing.T{}, 120, 40)
	d.keys("enter", "H", "left")
	b.ReportAllocs()
	for b.Loop() {
		_ = d.app.View()
	}
}
