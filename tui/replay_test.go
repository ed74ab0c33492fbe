package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
)

// past is a recording in memory: samples at so many seconds from the epoch.
type past struct {
	seconds []int
	read    []int // what was asked for, figures left out
}

func (p *past) Len() int             { return len(p.seconds) }
func (p *past) Time(i int) time.Time { return epoch.Add(time.Duration(p.seconds[i]) * time.Second) }

func (p *past) Sample(_ context.Context, i int) *fragcalc.Snapshot {
	p.read = append(p.read, i)
	return p.Figures(context.Background(), i)
}

func (p *past) Figures(_ context.Context, i int) *fragcalc.Snapshot {
	s := goldenNode()
	s.At, s.From = p.Time(i), "train.tape"
	s.Processes[0].Stranded = fragcalc.Of(int64(i+1) << 20)
	return s
}

// everySecond is a recording of an hour.
func everySecond() *past {
	p := &past{}
	for i := range 3601 {
		p.seconds = append(p.seconds, i)
	}
	return p
}

// watch opens a recording and shows its first sample.
func watch(t *testing.T, p *past, width, height int) *driver {
	t.Helper()
	d := newDriver(t, width, height, func(o *Options) { o.Source, o.Recording, o.Releaser = nil, p, nil })
	d.answer()
	return d
}

// answer reads the sample that is wanted, as the command under way would, and
// returns what is to be done then.
func (d *driver) answer() tea.Cmd {
	a := d.app
	message := loadCmd(a.ctx, a.replay.recording, a.replay.at, true, a.polling.poll)().(snapshotMsg)
	return d.send(message)
}

// due lets the time of the next sample come.
func (d *driver) due() {
	d.send(pollDueMsg{d.app.polling.poll})
	d.answer()
}

func TestGoldenReplay(t *testing.T) {
	for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {40, 10}} {
		name := fmt.Sprintf("replay-%dx%d", size.width, size.height)
		t.Run(name, func(t *testing.T) {
			d := watch(t, everySecond(), size.width, size.height)
			d.keys("]", "p")
			d.answer()
			compareGolden(t, name, strings.Join(d.screen(), "\n")+"\n")
		})
	}
}

func TestAReplayPlaysPausesAndSeeks(t *testing.T) {
	p := everySecond()
	d := watch(t, p, 120, 40)
	at := func(want int, state string) {
		t.Helper()
		if d.app.replay.at != want || !d.app.world.snapshot.At.Equal(p.Time(want)) {
			t.Fatalf("sample %d, shown is %v; want %d", d.app.replay.at, d.app.world.snapshot.At, want)
		}
		d.shows("REPLAY · "+state, fmt.Sprintf("sample %d of 3601", want+1))
	}
	at(0, "playing 1x")
	d.due()
	at(1, "playing 1x")
	d.keys(" ") // pauses: what was due does not come
	d.send(pollDueMsg{d.app.polling.poll})
	at(1, "PAUSED")
	for _, step := range []struct {
		key  string
		want int
	}{{".", 2}, {",", 1}, {",", 0}, {",", 0}, {"]", 60}, {"]", 120}, {"[", 60}, {"}", 3600}, {"]", 3600}, {"{", 0}} {
		d.keys(step.key)
		d.answer()
		at(step.want, "PAUSED")
	}
	d.keys(")", ")", ")") // 10x
	d.keys("p")
	at(0, "playing 10x")
	d.due()
	at(1, "playing 10x")
	d.keys(")", ")") // 60x: six seconds a step
	d.due()
	at(7, "playing 60x")
	d.keys("(", "(", "(", "(", "(", "(", "(", "(", "(")
	at(7, "playing 0.25x")
	d.keys("}")
	d.answer()
	at(3600, "PAUSED")
	d.shows("the end of the recording")
	d.keys("p") // again from the beginning
	d.answer()
	at(0, "playing 0.25x")
}

// A held key does not pile up reads: while one is under way the newest wish
// alone is kept.
func TestSeekingReadsOnlyWhatIsWanted(t *testing.T) {
	p := everySecond()
	d := watch(t, p, 120, 40)
	d.keys("p")
	before := d.polls
	for range 30 {
		d.keys("]")
	}
	if got := d.polls - before; got != 1 {
		t.Errorf("%d reads are under way", got)
	}
	d.app.Update(loadCmd(d.app.ctx, p, 60, true, d.app.polling.poll)())
	d.answer()
	if d.app.replay.at != 1800 || !d.app.world.snapshot.At.Equal(p.Time(1800)) {
		t.Errorf("sample %d after 30 minutes", d.app.replay.at)
	}
}

// A recorder that slept leaves a gap, which is not waited for and not lost.
func TestGapsArePassed(t *testing.T) {
	d := watch(t, &past{seconds: []int{0, 1, 36000, 36001}}, 120, 40)
	d.keys("p", "]")
	d.answer()
	if d.app.replay.at != 1 {
		t.Fatalf("a minute on is sample %d", d.app.replay.at)
	}
	d.keys("]")
	d.answer()
	if d.app.replay.at != 2 {
		t.Errorf("across the gap is sample %d", d.app.replay.at)
	}
}

// pastCells are the stranded bytes of a row over a window.
func (w *world) pastCells(id fragcalc.RowID, window history.Window) []float64 {
	return w.trends.Row(id).Cells(history.Stranded, window.Frame(300, w.snapshot.At))
}

// After a jump the trends are those of the past, not of what was seen.
func TestTrendsFollowAJump(t *testing.T) {
	d := watch(t, everySecond(), 120, 40)
	id := d.app.world.snapshot.Processes[0].RowID
	d.keys("p", "}")
	d.answer()
	for _, cell := range d.app.world.trends.of(id) {
		if cell < 0 {
			t.Errorf("a hole in %v", d.app.world.trends.of(id))
		}
	}
	for window := range history.Longest + 1 {
		cells := d.app.world.pastCells(id, window)
		for _, cell := range cells[1:] {
			if cell < 0 {
				t.Fatalf("a hole in the last %v: %v", window.Span(), cells)
			}
		}
	}
	d.keys("{")
	d.answer()
	seen := 0
	for _, cell := range d.app.world.pastCells(id, history.Longest) {
		if cell >= 0 {
			seen++
		}
	}
	if seen != 1 {
		t.Errorf("%d cells of a past that is not yet", seen)
	}
}

func TestNothingIsReleasedInAReplay(t *testing.T) {
	d := watch(t, everySecond(), 120, 40)
	d.keys("r")
	d.shows("cannot be released: this was read from a file")
	d.hides("r release", "PAUSED")
	d.keys("?")
	d.shows("gpufragtop test")
}

// Segments without blocks, as a recording near its size holds, are drawn as
// what is not seen.
func TestSegmentsWithoutBlocksCanBeShown(t *testing.T) {
	d := newDriver(t, 120, 40)
	s := goldenNode()
	for i := range s.Processes {
		for j := range s.Processes[i].Pools {
			for k := range s.Processes[i].Pools[j].Segments {
				s.Processes[i].Pools[j].Segments[k].Blocks = nil
			}
		}
	}
	d.sample(s)
	for depth := range 4 {
		d.keys("enter")
		checkBounds(t, d, 120, 40, []string{"depth", fmt.Sprint(depth)})
	}
}
