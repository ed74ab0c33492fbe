package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

// Taper keeps samples in a file that can be replayed, in one file at a time.
// Every error is one line that names the file or what is wrong with it.
type Taper interface {
	// Start makes the file; one that exists is never overwritten.
	Start(path string) error
	// Add is called for one sample at a time. After an error the file ends with the
	// sample before.
	Add(*fragcalc.Snapshot) error
	// Stop ends the file, also in the middle of Add, and says what is in it.
	Stop(why string) (samples int, bytes int64, err error)
	// Limit is how many bytes a file may have at most.
	Limit() int64
}

// tapePhase is what becomes of a recording now.
type tapePhase uint8

const (
	noTape tapePhase = iota
	tapeStarting
	tapeRunning
	tapeStopping
)

// taping is the recording of what is seen into a file: one at a time.
type taping struct {
	request     int // number of the newest
	phase       tapePhase
	path        string
	first, last time.Time          // of the samples recorded
	missed      int                // samples that came while one was being written
	writing     *fragcalc.Snapshot // nil: none
	failed      error              // why it ends, if nobody asked for it
}

// tapeStartedMsg, tapeAddedMsg and tapeStoppedMsg are the answers of a Taper.
type (
	tapeStartedMsg struct {
		request int
		err     error
	}
	tapeAddedMsg struct {
		request int
		err     error
	}
	tapeStoppedMsg struct {
		request int
		samples int
		bytes   int64
		err     error
	}
)

// askTape asks where to record what is seen, or ends the recording there is.
func (a *app) askTape() tea.Cmd {
	switch t := &a.taping; {
	case a.options.Taper == nil || a.replay != nil:
		a.status.warn("not recorded: this was read from a file")
	case t.phase == tapeRunning:
		return a.stopTape("stopped")
	case t.phase != noTape:
		a.status.warn(t.path + " is being made or ended")
	case a.latest == nil:
		a.status.warn("not recorded: nothing has been seen yet")
	default:
		a.dialog = newTapePane(tapeName(a.latest))
	}
	return nil
}

// tapeName is what a recording of a sample's node is called, if nobody says
// otherwise.
func tapeName(s *fragcalc.Snapshot) string {
	host := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, s.Host)
	const most = 40
	return "gpufragtop-" + orElse(host[:min(len(host), most)], "node") + s.At.Format("-20060102-150405") + ".tape"
}

// startTape begins a recording.
func (a *app) startTape(path string) tea.Cmd {
	a.taping = taping{request: a.taping.request + 1, phase: tapeStarting, path: path}
	request, taper := a.taping.request, a.options.Taper
	return func() tea.Msg { return tapeStartedMsg{request, taper.Start(path)} }
}

// tapeStarted records the sample that is there, or says in the pane why not.
func (a *app) tapeStarted(message tapeStartedMsg) tea.Cmd {
	t := &a.taping
	if message.request != t.request || t.phase != tapeStarting {
		return nil
	}
	pane, asking := a.dialog.(*tapePane)
	if message.err != nil {
		t.phase = noTape
		if asking {
			pane.problem = message.err.Error()
		} else {
			a.status.recordBad("not recorded: " + message.err.Error())
		}
		return nil
	}
	if asking {
		a.dialog = nil
	}
	t.phase = tapeRunning
	a.status.record("recording into " + t.path + "; " + keyNames(a.keys.Tape) + " ends it")
	return a.tapeSample()
}

// tapeSample records the newest sample, unless it has been.
func (a *app) tapeSample() tea.Cmd {
	t, s := &a.taping, a.latest
	switch {
	case t.phase != tapeRunning || s == nil || s.At.Equal(t.last):
		return nil
	case t.writing != nil:
		t.missed++
		t.last = s.At
		return nil
	}
	t.writing, t.last = s, s.At
	if t.first.IsZero() {
		t.first = s.At
	}
	request, taper := t.request, a.options.Taper
	return func() tea.Msg { return tapeAddedMsg{request, taper.Add(s)} }
}

// tapeAdded goes on, or ends a recording that cannot.
func (a *app) tapeAdded(message tapeAddedMsg) tea.Cmd {
	t := &a.taping
	if message.request != t.request {
		return nil
	}
	t.writing = nil
	if message.err == nil || t.phase != tapeRunning {
		return nil
	}
	t.failed = message.err
	return a.stopTape("failed")
}

// stopTape ends a recording; why is said in its last line.
func (a *app) stopTape(why string) tea.Cmd {
	t := &a.taping
	t.phase = tapeStopping
	request, taper := t.request, a.options.Taper
	return func() tea.Msg {
		samples, bytes, err := taper.Stop(why)
		return tapeStoppedMsg{request, samples, bytes, err}
	}
}

// tapeStopped says what has been recorded.
func (a *app) tapeStopped(message tapeStoppedMsg) {
	t := &a.taping
	if message.request != t.request || t.phase != tapeStopping {
		return
	}
	t.phase = noTape
	text := draw.Plural(message.samples, "sample") + ", " + units.Bytes(message.bytes) + " in " + t.path
	if t.missed > 0 {
		text += ", " + strconv.Itoa(t.missed) + " missed while it was written to"
	}
	failed := t.failed
	if failed == nil {
		failed = message.err
	}
	if failed != nil {
		a.status.recordBad("the recording has ended: " + failed.Error() + "; " + text)
		return
	}
	a.status.recordGood("recorded " + text + ": gpufragtop replay shows it")
}

// tapeRespite is how long the end of the program waits for the end of a
// recording, which is sound without it.
const tapeRespite = 2 * time.Second

// endTape ends a recording with the program. Update is not called any more.
func (a *app) endTape() {
	if p := a.taping.phase; p != tapeRunning && p != tapeStarting {
		return
	}
	ended := make(chan struct{})
	go func() {
		_, _, _ = a.options.Taper.Stop("the screen was left") // nobody is there to be told
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(tapeRespite):
	}
}

// sign is what the title says of a recording.
func (t *taping) sign() string {
	if t.phase != tapeRunning {
		return ""
	}
	seconds := int(t.last.Sub(t.first) / time.Second)
	if seconds >= 3600 {
		return "REC " + clockTime(t.last.Sub(t.first))
	}
	return fmt.Sprintf("REC %d:%02d", seconds/60, seconds%60)
}
