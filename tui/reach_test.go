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

// What is another user's is grey, and in brackets where there is no colour.
func TestWhatIsOutOfReachLooksLikeIt(t *testing.T) {
	d := newDriver(t, 120, 40).sample(strangersNode())
	d.shows("(dave)")
	d.hides("(alice)")
	colours := newDriver(t, 200, 60, func(o *Options) {
		o.Getenv = func(name string) string {
			return map[string]string{"TERM": "xterm-256color", "LANG": "C.UTF-8"}[name]
		}
	}).sample(strangersNode())
	mine, theirs := styleBefore(t, colours.app.View(), "python eval.py"), styleBefore(t, colours.app.View(), "llama-server")
	if mine == theirs {
		t.Errorf("both commands are written in the style %q", mine)
	}
}

// styleBefore is the last escape sequence before a text.
func styleBefore(t *testing.T, screen, text string) string {
	t.Helper()
	before, _, found := strings.Cut(screen, text)
	at := strings.LastIndex(before, "\x1b[")
	if !found || at < 0 {
		t.Fatalf("%q is not on the screen, or without a style", text)
	}
	style, _, _ := strings.Cut(before[at:], "m")
	return style
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
