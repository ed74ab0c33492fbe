package tui

import (
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const otherUser = "other user: needs root or CAP_SYS_PTRACE"

// strangersNode is a node on which all that is not instrumented is another
// user's.
func strangersNode() *fragcalc.Snapshot {
	s := testNode(1, 2, 9)
	for i := range s.Processes {
		if p := &s.Processes[i]; !p.Instrumented {
			p.OutOfReach, p.User, p.Hook = true, "dave", fragcalc.ReleaseHook{Reason: otherUser}
		}
	}
	return s
}

// What is another user's is grey, and crossed where there is no colour.
func TestWhatIsOutOfReachLooksLikeIt(t *testing.T) {
	d := newDriver(t, 120, 40).sample(strangersNode())
	crossed := 0
	for _, line := range d.screen() {
		if theirs := strings.Contains(line, "dave"); strings.HasPrefix(line, "×") != theirs {
			t.Errorf("%q", line)
		} else if theirs {
			crossed++
		}
	}
	if crossed == 0 {
		t.Error("no row of dave's")
	}
	colours := newDriver(t, 200, 60, func(o *Options) {
		o.Getenv = func(name string) string {
			return map[string]string{"TERM": "xterm-256color", "LANG": "C.UTF-8"}[name]
		}
	}).sample(strangersNode())
	grey := 0
	for line := range strings.Lines(colours.app.View()) {
		before, _, found := strings.Cut(line, "dave")
		if !found {
			continue
		}
		// One style, from the PID to the end of the line.
		if grey++; !strings.HasPrefix(before, "\x1b[0;2m×") || strings.Count(line, "\x1b[") != 2 {
			t.Errorf("%q", line)
		}
	}
	if grey == 0 {
		t.Error("no row of dave's")
	}
}

// No key asks it for anything; the reason is said instead.
func TestWhatIsOutOfReachIsNeverAsked(t *testing.T) {
	d := newDriver(t, 120, 40).sample(strangersNode())
	d.keys("G")
	d.shows(otherUser + ". Only its GPU memory is known.")
	d.keys("r")
	d.shows("cannot be released: " + otherUser)
	d.keys("y", "w")
	d.shows(otherUser)
	d.keys("y", "enter")
	d.shows("may not look into it: " + otherUser)
	if len(d.releaser.asked) != 0 || d.app.dialog != nil {
		t.Errorf("asked %v, dialog %T", d.releaser.asked, d.app.dialog)
	}
}
