package tui

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// signaller records what it was asked to send.
type signaller struct {
	sent []string // "TERM 48049"
	fail error
}

// Signal implements Signaller.
func (s *signaller) Signal(_ context.Context, target fragcalc.ProcessID, signal fragcalc.Signal) error {
	s.sent = append(s.sent, string(signal)+" "+strconv.Itoa(target.PID))
	return s.fail
}

func withSignaller(s *signaller) func(*Options) { return func(o *Options) { o.Signaller = s } }

func TestSignalIsChosenAndConfirmed(t *testing.T) {
	s := &signaller{}
	d := newDriver(t, 80, 24, withSignaller(s)).sample(testNode(1, 2, 9))
	pid := strings.Fields(d.selected())[0]
	d.keys("x")
	d.shows("Send a signal", pid+" · bob", "TERM  asks it to end", "KILL")
	d.keys("enter")
	d.shows("SIGTERM: asks it to end", "Send SIGTERM?", "[ No ]")
	if command := d.keys("enter"); command != nil || len(s.sent) > 0 {
		t.Fatalf("Enter on No sent %v", s.sent)
	}
	d.shows("no signal was sent")
	d.keys("f9", "j", "j", "j", "enter", "esc") // back to the menu
	d.shows("USR1  its own meaning")
	d.keys("enter")
	d.send(d.keys("y")())
	if want := "USR1 " + pid; len(s.sent) != 1 || s.sent[0] != want {
		t.Fatalf("sent %v, want %s", s.sent, want)
	}
	d.shows("SIGUSR1 sent to " + pid)
	if !d.app.polling.again && !d.app.polling.underway {
		t.Error("no sample is taken after a signal")
	}
}

func TestSignalSaysWhatItDoesToTheOtherRanks(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		s := rankNode()
		d := newDriver(t, size[0], size[1], withSignaller(&signaller{})).sample(s)
		d.selectPID(firstRank(s))
		d.keys("x", "enter")
		d.shows("The other 2 ranks of its job here will fail or hang with it", "Send SIGTERM?")
		d.keys("esc", "G", "k", "k", "enter")
		d.shows("SIGSTOP: stands still", "will stand still at the next")
	}
}

func TestSignalToThoseTagged(t *testing.T) {
	s := &signaller{fail: errors.New("48 is another user's")}
	d := newDriver(t, 80, 24, withSignaller(s)).sample(testNode(1, 2, 9))
	d.keys(" ", " ", "x")
	if strings.Count(strings.Join(d.screen(), "\n"), "│ 48") != 2 {
		t.Errorf("not both are named:\n%s", strings.Join(d.screen(), "\n"))
	}
	d.keys("enter")
	d.send(d.keys("y")())
	if len(s.sent) != 2 || s.sent[0] == s.sent[1] {
		t.Errorf("sent %v", s.sent)
	}
	d.shows("not sent: 48 is another user's")
}

func TestSignalIsRefusedWhereThereIsNobodyToSendOneTo(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"read-only":    {func(o *Options) { o.Signaller, o.Readonly = &signaller{}, true }, "this monitor is read-only (--readonly)"},
		"no signaller": {func(*Options) {}, "there are no such processes here"},
	} {
		d := newDriver(t, 120, 40, c.change).sample(testNode(1, 2, 9))
		d.keys("x")
		d.shows("no signal is sent: " + c.want)
		d.keys("?")
		d.hides("send it a signal")
		if name == "" || d.app.dialog == nil {
			t.Error("no help")
		}
	}
	file := testNode(1, 1, 3)
	file.From = "dump.pickle"
	d := newDriver(t, 120, 40, withSignaller(&signaller{})).sample(file)
	d.keys("x")
	d.shows("this was read from a file")
}

func TestReleaseAllChoosesTheWidest(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("R")
	d.shows("Release cache", "all of GPU 1 · 48", "2/2 · up down: this process")
	s := rankNode()
	d = newDriver(t, 120, 40).sample(s)
	d.selectPID(firstRank(s))
	d.keys("R")
	d.shows("Release cache", "all 3 ranks of 8 here · ", "3/3 · up down: ")
}

// In the menu no key answers: what is typed or pasted there too fast must not
// count as an answer to the question that it opens.
func TestTheMenuOfSignalsIsNoQuestion(t *testing.T) {
	d := newDriver(t, 80, 24, withSignaller(&signaller{})).sample(testNode(1, 2, 9))
	d.keys("x")
	if d.app.Asking() {
		t.Error("the menu counts as a question")
	}
	d.keys("enter")
	if !d.app.Asking() {
		t.Error("the question does not")
	}
	d.keys("esc")
	if d.app.Asking() {
		t.Error("back in the menu it still does")
	}
}
