package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// taper is a file in memory.
type taper struct {
	path   string
	added  []*fragcalc.Snapshot
	why    string
	exists string // this file is there already
	full   int    // samples after which the disk is full; 0 = never
}

func (t *taper) Start(path string) error {
	if path == t.exists {
		return errors.New(path + " exists: choose another name")
	}
	t.path, t.why, t.added = path, "", nil
	return nil
}

func (t *taper) Add(s *fragcalc.Snapshot) error {
	if t.full > 0 && len(t.added) == t.full {
		return errors.New("write " + t.path + ": no space left on device")
	}
	t.added = append(t.added, s)
	return nil
}

func (t *taper) Stop(why string) (int, int64, error) {
	t.why = why
	return len(t.added), int64(len(t.added)) * mib, nil
}

func (t *taper) Limit() int64 { return 256 * mib }

func withTaper(t *taper) func(*Options) { return func(o *Options) { o.Taper = t } }

// settled carries out a command and all that follow from it at once.
func (d *driver) settled(command tea.Cmd) {
	d.t.Helper()
	for command != nil {
		command = d.send(command())
	}
}

// second is a sample so many seconds after the epoch. It carries out what is to
// be done with it, but does not wait for the next.
func (d *driver) second(n int) {
	d.t.Helper()
	s := goldenNode()
	s.At = epoch.Add(time.Duration(n) * time.Second)
	d.sample(s)
	if t := &d.app.taping; t.writing == s {
		d.settled(func() tea.Msg { return tapeAddedMsg{t.request, d.app.options.Taper.Add(s)} })
	}
}

func TestWhatIsSeenIsRecorded(t *testing.T) {
	file := &taper{exists: "old.tape"}
	d := newDriver(t, 120, 40, withTaper(file))
	d.second(0)
	d.keys("ctrl+r")
	d.shows("Record what is seen", "File: gpufragtop-", "Ctrl-R or the end", "It ends by itself at 256", "Enter records")
	for range 100 {
		d.keys("backspace")
	}
	d.settled(d.keys("enter"))
	d.shows("write the name of a file")
	d.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("old.tape")})
	d.settled(d.keys("enter"))
	d.shows("old.tape exists: choose another name", "Record what is seen")
	d.keys("backspace", "backspace", "backspace", "backspace", "backspace", "2", ".", "t", "a", "p", "e")
	d.hides("exists: choose")
	d.settled(d.keys("enter"))
	d.hides("Record what is seen")
	d.shows("recording into old2.tape; Ctrl-R ends it", "REC 0:00")
	d.second(1)
	d.second(12)
	d.shows("REC 0:12")
	d.keys("p") // sampling goes on, and so does this
	d.second(83)
	d.shows("REC 1:23")
	d.settled(d.keys("ctrl+r"))
	d.hides("REC")
	d.shows("recorded 4 samples, 4.00 MiB in old2.tape: gpufragtop replay shows it")
	if file.path != "old2.tape" || file.why != "stopped" || len(file.added) != 4 || file.added[3].At != epoch.Add(83*time.Second) {
		t.Errorf("%s, %q: %d samples", file.path, file.why, len(file.added))
	}
	d.second(84)
	if len(file.added) != 4 {
		t.Error("a sample is recorded after the end")
	}
}

func TestAFullDiskEndsARecordingWithOneLine(t *testing.T) {
	file := &taper{full: 2}
	d := newDriver(t, 120, 40, withTaper(file))
	d.second(0)
	d.settled(d.keys("ctrl+r", "enter"))
	d.second(1)
	d.second(2)
	d.hides("REC")
	d.shows("the recording has ended: write gpufragtop-", "no space left on device; 2 samples")
	if file.why != "failed" {
		t.Errorf("%q", file.why)
	}
}

// What is pasted is the file's name, and never an answer.
func TestPasteIntoTheNameOfARecording(t *testing.T) {
	file := &taper{}
	d := newDriver(t, 120, 40, withTaper(file))
	if d.keys("ctrl+r"); d.app.dialog != nil {
		t.Error("a recording of nothing yet")
	}
	d.shows("nothing has been seen yet")
	d.second(0)
	d.keys("ctrl+r", "ctrl+u")
	for _, paste := range []tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune("/tmp/a.ta\n")}, {Type: tea.KeyRunes, Runes: []rune("pe\x1b")}, {Type: tea.KeyEnter}, {Type: tea.KeyEsc}} {
		paste.Paste = true
		if command := d.send(paste); command != nil {
			t.Errorf("%q does something", paste)
		}
	}
	d.shows("File: /tmp/a.ta pe")
	d.settled(d.keys("enter"))
	if file.path != "/tmp/a.ta pe" {
		t.Errorf("%q", file.path)
	}
}

// A slow disk costs samples of the recording, and delays nothing.
func TestASlowDiskIsNotWaitedFor(t *testing.T) {
	file := &taper{}
	d := newDriver(t, 120, 40, withTaper(file))
	d.second(0)
	started := d.keys("ctrl+r", "enter")
	writing := d.send(started()) // of the first sample, not carried out
	for n := 1; n < 4; n++ {
		d.second(n)
	}
	d.settled(writing)
	d.second(4)
	d.settled(d.keys("ctrl+r"))
	d.shows("recorded 2 samples", "3 missed while it was written to")
}

func TestTheEndOfTheScreenEndsARecording(t *testing.T) {
	file := &taper{}
	d := newDriver(t, 120, 40, withTaper(file))
	d.app.endTape()
	if file.why != "" {
		t.Error("nothing was being recorded")
	}
	d.second(0)
	d.settled(d.keys("ctrl+r", "enter"))
	d.app.endTape()
	if file.why != "the screen was left" {
		t.Errorf("%q", file.why)
	}
}

func TestWhatCannotBeRecorded(t *testing.T) {
	d := newDriver(t, 120, 40, func(o *Options) { o.Taper = nil }).sample(goldenNode()) // a file
	d.keys("ctrl+r")
	d.shows("not recorded: this was read from a file")
	if help := strings.Join(helpLines(d.app, 100), "\n"); strings.Contains(help, "Ctrl-R") {
		t.Error("the help names a key that does nothing")
	}
	d = watch(t, everySecond(), 120, 40)
	d.keys("ctrl+r")
	d.shows("not recorded: this was read from a file")
	// Esc writes nothing; it neither costs the monitor its readonly promise.
	file := &taper{}
	d = newDriver(t, 120, 40, withTaper(file), func(o *Options) { o.Readonly = true })
	d.second(0)
	d.keys("ctrl+r", "esc")
	d.shows("nothing was written")
	d.settled(d.keys("ctrl+r", "enter"))
	d.shows("recording into")
}

func TestARecordingIsNamedAfterItsNode(t *testing.T) {
	for host, want := range map[string]string{
		"node7": "node7", "a/../b c\x1b[2J": "a..bc2J", "": "node", "漢字": "node", strings.Repeat("h", 99): strings.Repeat("h", 40),
	} {
		s := &fragcalc.Snapshot{Host: host, At: time.Date(2026, 11, 24, 3, 4, 5, 0, time.UTC)}
		if got := tapeName(s); got != "gpufragtop-"+want+"-20261124-030405.tape" {
			t.Errorf("%q: %q", host, got)
		}
	}
}

// On every screen that has room for it the name's end, what happens and the way
// out are seen.
func TestTapePaneOnSmallScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 10}, {24, 9}} {
		d := newDriver(t, size[0], size[1], withTaper(&taper{exists: "x"}))
		d.second(0)
		d.keys("ctrl+r")
		d.shows(".tape", "Enter records")
		checkBounds(t, d, size[0], size[1], []string{"ctrl+r"})
		d.app.dialog.(*tapePane).input.SetValue("x")
		d.settled(d.keys("enter"))
		d.shows("exists", "Enter records")
		checkBounds(t, d, size[0], size[1], []string{"ctrl+r", "enter"})
		d.app.dialog.(*tapePane).input.SetValue("y")
		d.settled(d.keys("enter"))
		d.shows("REC 0:00")
		checkBounds(t, d, size[0], size[1], []string{"recording"})
	}
}
