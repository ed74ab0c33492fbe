package tui

import (
	"context"
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

// recorder is asked for histories, and gives one answer.
type recorder struct {
	asked []fragcalc.RecordRequest
	ended bool // its context ended before it answered
	waits bool // answers only then
	rows  []fragcalc.Process
	err   error
}

func (r *recorder) Record(ctx context.Context, request fragcalc.RecordRequest) ([]fragcalc.Process, error) {
	r.asked = append(r.asked, request)
	if r.waits {
		<-ctx.Done()
	}
	r.ended = ctx.Err() != nil
	return r.rows, r.err
}

// traced gives a row the history and the pools of a program that fragments: it
// keeps some of the blocks of varying sizes that it asks for.
func traced(row fragcalc.Process) fragcalc.Process {
	r := rand.New(rand.NewSource(1))
	a := whatif.New(whatif.Config{}, whatif.NewDriver(whatif.NewMemory(0)))
	row.Trace = &fragcalc.Trace{}
	a.Record(row.Trace)
	var live []uint64
	for i := range 400 {
		if len(live) > 12 {
			at := r.Intn(len(live))
			if err := a.Free(live[at]); err != nil {
				panic(err)
			}
			live = append(live[:at], live[at+1:]...)
		}
		address, err := a.Malloc(int64(1+r.Intn(40+i))*mib, 0)
		if err != nil {
			panic(err)
		}
		live = append(live, address)
	}
	a.Record(nil)
	row.Settings.Text = ""
	row.Pools = fragcalc.GroupPools(a.Segments())
	row.Figures = fragcalc.Measure(row.Pools, row.Settings)
	return row
}

// tracedNode is a node with one process, whose history is known.
func tracedNode() *fragcalc.Snapshot {
	s := testNode(1, 2, 9)
	for _, p := range s.Processes {
		if p.PID == 48049 {
			p.Room = fragcalc.Room{DeviceFree: fragcalc.Unknown[int64]("a file does not tell")}
			s.Processes = []fragcalc.Process{traced(p)}
		}
	}
	return s
}

func TestAKnownHistoryIsAnsweredAtOnce(t *testing.T) {
	d := newDriver(t, 120, 40, func(o *Options) { o.Recorder, o.Readonly = nil, true }).sample(tracedNode())
	command := d.keys("w")
	if command == nil {
		t.Fatal("nothing is computed")
	}
	d.shows("What if · 48049", "replaying ", "Esc closes")
	row := traced(fragcalc.Process{})
	d.send(begun(t, command)())
	c, err := whatif.Compare(&row, whatif.Usual(row.Settings.Text), 0)
	if err != nil {
		t.Fatal(err)
	}
	best, better := c.Best()
	if !better {
		t.Fatal("the test's program fragments under every setting")
	}
	d.shows("Best: saves ", strings.Split(best.Export(), ",")[0], "PEAK", "SAVES", "STRANDED", "LARGEST", "RETRIES", "OOM", "recorded (the defaults)", "Assumed: ")
	for _, key := range []string{"esc", "q", "enter", "w"} {
		d.keys(key)
		d.hides("What if ·")
		d.send(begun(t, d.keys("w"))())
		d.shows("What if ·")
	}
}

func TestTheAnswersAreForTheDeviceOfALiveProcess(t *testing.T) {
	d := newDriver(t, 100, 40).sample(testNode(1, 2, 9))
	row := traced(fragcalc.Process{RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 48049}, GPUUUID: "GPU-0001"}})
	row.Room.DeviceFree = fragcalc.Of[int64](0)
	row.Reserved = fragcalc.Of(row.Reserved.Or(0) / 4)
	other := traced(fragcalc.Process{RowID: fragcalc.RowID{GPUUUID: "GPU-0000"}})
	d.recorder.rows = []fragcalc.Process{other, row}
	compute := d.send(begun(t, d.keys("w", "y"))())
	d.send(begun(t, compute)())
	d.shows("48049 on GPU 1", "ends at event", "out of memory", "a device with")
	if line := d.line("recorded (the defaults)"); !strings.Contains(line, "yes") {
		t.Errorf("%q does not say that it runs out of memory", line)
	}
}

func TestRecordingAsksFirstAndTheDefaultIsNo(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	for _, key := range []string{"enter", "n", "esc", "q"} {
		d.keys("w")
		d.shows("Record history", "48049 · bob · python eval.py", "history on for 10s without stacks", "of 200000 events", "[ No ]  [ Yes ]")
		if command := d.keys(key); command != nil {
			t.Errorf("%s records or quits", key)
		}
		d.hides("Record history")
		d.shows("not recorded: nothing was done")
	}
	if len(d.recorder.asked) != 0 {
		t.Errorf("recorded %v", d.recorder.asked)
	}
}

func TestARecordingIsCountedComputedAndShown(t *testing.T) {
	for _, yes := range [][]string{{"w", "y"}, {"w", "tab", "enter"}, {"enter", "w", "y"}} {
		d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
		d.recorder.rows = []fragcalc.Process{traced(fragcalc.Process{RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 48049}, GPUUUID: "GPU-0001"}})}
		record := begun(t, d.keys(yes...))
		d.shows("recording 0 of 10 s, Esc cancels")
		request := d.app.whatIfs.request
		if d.send(recordingMsg{request, 4 * time.Second}) == nil {
			t.Error("the clock stops")
		}
		d.shows("recording 4 of 10 s, Esc cancels")
		d.send(recordingMsg{request, 10 * time.Second})
		d.shows("waiting for the history … 10 s, Esc cancels")
		d.send(recordingMsg{request - 1, 3 * time.Second}) // the clock of another
		d.shows("waiting for the history")
		compute := d.send(record())
		want := fragcalc.RecordRequest{Target: fragcalc.ProcessID{PID: 48049, StartTicks: 48049}, For: 10 * time.Second, MaxEvents: fragcalc.DefaultRecordedEvents}
		if len(d.recorder.asked) != 1 || d.recorder.asked[0] != want || d.recorder.ended {
			t.Fatalf("asked for %v", d.recorder.asked)
		}
		d.shows("replaying ")
		if d.send(recordingMsg{request, 11 * time.Second}) != nil {
			t.Error("the clock goes on")
		}
		d.send(begun(t, compute)())
		d.shows("What if · 48049 on GPU 1", "Best: saves ")
	}
}

func TestARecordingThatIsRefusedSaysWhy(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.recorder.err = &fragcalc.RecordRefusal{Status: fragcalc.RecordUnsupported, Reason: "this PyTorch has no history"}
	if command := d.send(begun(t, d.keys("w", "y"))()); command != nil {
		t.Error("a refusal is computed")
	}
	d.hides("What if")
	d.shows("48049: not recorded: this PyTorch has no history")
	d.recorder.err = nil
	d.send(begun(t, d.keys("w", "y"))())
	d.shows("not recorded: the process has no memory on a GPU")
	d.recorder.rows = []fragcalc.Process{{Trace: &fragcalc.Trace{}}}
	d.send(begun(t, d.send(begun(t, d.keys("w", "y"))()))())
	d.hides("What if")
	d.shows("no what-if: no allocation history was recorded")
}

func TestEscapeWithdrawsARecording(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.recorder.waits = true
	record := begun(t, d.keys("w", "y"))
	answer := make(chan tea.Msg)
	go func() { answer <- record() }()
	d.keys("esc")
	d.hides("What if")
	d.shows("48049: cancelling its recording")
	d.keys("w")
	d.shows("no what-if: the recording of 48049 is being cancelled")
	message := <-answer
	if !d.recorder.ended {
		t.Error("its context goes on")
	}
	d.recorder.rows = []fragcalc.Process{traced(fragcalc.Process{})} // even when it came in time
	if command := d.send(message); command != nil {
		t.Error("what was cancelled is computed")
	}
	d.keys("j", "k")
	d.shows("48049: its recording was cancelled")
	d.keys("w")
	d.shows("Record history")
}

func TestAnswersThatNobodyWaitsForAreNotShown(t *testing.T) {
	d := newDriver(t, 120, 40).sample(tracedNode())
	compute := d.keys("w")
	d.keys("esc")
	d.hides("What if")
	d.keys("?")
	d.send(begun(t, compute)())
	d.hides("What if")
	d.shows("gpufragtop test") // the help stays
	d.keys("esc")
	if d.keys("w") == nil {
		t.Error("nothing can be asked any more")
	}
}

func TestWhatIfIsRefusedWithTheReason(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.shows("w what if")
	d.keys("G", "w")
	d.shows("no what-if: not instrumented")
	d.hides("w what if")
	d = newDriver(t, 120, 40, func(o *Options) { o.Readonly = true }).sample(testNode(1, 2, 9))
	d.keys("w")
	d.shows("48049: no what-if: this monitor is read-only (--readonly)")
	d.hides("w what if")
	d = newDriver(t, 120, 40, func(o *Options) { o.Recorder = nil }).sample(testNode(1, 2, 9))
	d.keys("w")
	d.shows("48049: no what-if: what is shown here cannot be recorded")
	s := testNode(1, 2, 9)
	s.From = "snapshot.pickle"
	d = newDriver(t, 120, 40).sample(s)
	d.keys("w")
	d.shows("48049: no what-if: no history was recorded in it")
	d.keys("?")
	d.send(recordedMsg{request: 7}) // the answer to nothing
	d.send(comparedMsg{request: 7})
	d.shows("gpufragtop test")
}

func TestTheAnswersScroll(t *testing.T) {
	d := newDriver(t, 40, 10).sample(tracedNode())
	d.send(begun(t, d.keys("w"))())
	d.shows("Best: saves ")
	d.hides("Assumed")
	d.keys("G")
	d.hides("Best: saves ")
	d.keys("g")
	d.shows("Best: saves ")
	seen := ""
	for range 60 {
		seen += strings.Join(d.screen(), "\n")
		d.keys("j")
	}
	for _, text := range []string{"PEAK", "SAVES", "max_split_size_mb:512", "Assumed: "} {
		if !strings.Contains(seen, text) {
			t.Errorf("%q is never seen", text)
		}
	}
}

func TestThePriceIsReadableOnASmallScreen(t *testing.T) {
	d := newDriver(t, 40, 10).sample(testNode(1, 2, 9))
	d.keys("w")
	seen := ""
	for range 20 {
		d.shows("[ No ]  [ Yes ]")
		for _, line := range d.screen() {
			seen += " " + line
		}
		d.keys("j")
	}
	for _, word := range strings.Fields(recordRequest(fragcalc.ProcessID{}).Price()) {
		if !strings.Contains(seen, word) {
			t.Errorf("%q of the price is never seen", word)
		}
	}
}

func TestGoldenWhatIf(t *testing.T) {
	for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {40, 10}} {
		name := fmt.Sprintf("whatif-%dx%d", size.width, size.height)
		t.Run(name, func(t *testing.T) {
			d := newDriver(t, size.width, size.height).sample(tracedNode())
			d.send(begun(t, d.keys("w"))())
			compareGolden(t, name, strings.Join(d.screen(), "\n")+"\n")
		})
	}
}

func TestTheLineToExportIsBrokenAsAShellJoinsIt(t *testing.T) {
	answer := whatif.Answer{Settings: "expandable_segments:True,roundup_power2_divisions:8"}
	for _, width := range []int{5, 20, 36, 72, 100} {
		lines := exportLines(&answer, width)
		for i, line := range lines {
			if len(line) > width || strings.HasSuffix(line, "\\") != (i < len(lines)-1) {
				t.Errorf("at %d: %q", width, lines)
			}
		}
		if got := strings.ReplaceAll(strings.Join(lines, "\n"), "\\\n", ""); got != answer.Export() {
			t.Errorf("at %d a shell reads %q", width, got)
		}
	}
	if lines := exportLines(&answer, 72); len(lines) != 2 || lines[1] != "roundup_power2_divisions:8" {
		t.Errorf("%q", lines)
	}
}
