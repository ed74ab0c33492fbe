//go:build e2e

package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// storm has the whole screen drawn again and again.
func (term *terminal) storm(times int) {
	for i := range times {
		term.resize(uint16(180+i%20), uint16(50+i%10))
		time.Sleep(10 * time.Millisecond)
	}
}

// A terminal that takes 960 bytes a second, or none at all, while the program
// has hundreds of times more to say: nothing piles up, q is not kept waiting,
// and the terminal gets what puts it back.
func TestSlowAndBlockedTerminals(t *testing.T) {
	for name, read := range map[string]func(*terminal){"9,600 baud": func(term *terminal) { term.trickle() }, "blocked": func(*terminal) {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := startTerminal(t, 200, 60, nil, "--demo", "-d", "0.1")
			read(term)
			term.storm(200)
			before := residentKiB(t, term.command.Process.Pid)
			term.storm(600) // some 5 MB of frames
			// A frame a storm of which would be kept is 15 KB: 9 MB in all.
			if grown := residentKiB(t, term.command.Process.Pid) - before; grown > 6<<10 {
				t.Errorf("%d KiB more are resident", grown)
			}
			// By itself: one that is ended by force has the code of the signal.
			if name == "blocked" {
				_ = term.command.Process.Signal(syscall.SIGTERM)
			} else {
				term.press("q")
			}
			begun := time.Now()
			if code := term.wait(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			// The old output that is on its way would take 4 s and more.
			if took := time.Since(begun); took > 2*time.Second {
				t.Errorf("it took %v to end", took)
			}
			after, err := unix.IoctlGetTermios(int(term.slave.Fd()), unix.TCGETS)
			if err != nil || *after != term.before {
				t.Errorf("terminal settings differ: before %+v, after %+v, %v", term.before, after, err)
			}
			term.drain()
			term.await("\x1b[?25h\x1b[?1049l", 0)
		})
	}
}

// Over a slow line the bytes of a key come one by one.
func TestKeysOverASlowLine(t *testing.T) {
	term := startTerminal(t, 120, 40, nil, strings.Fields(still)...).drain()
	seen := term.await("48121", 0)
	for _, c := range "\x1b[C" { // Right: one level down
		term.press(string(c))
		time.Sleep(5 * time.Millisecond)
	}
	term.await("fragmentation", seen)
	term.press("q")
	term.wait()
}

// A shell is not needed to stop and continue the program: it draws all anew.
func TestContinuedFromOutside(t *testing.T) {
	term := startTerminal(t, 120, 40, nil, "--demo", "-d", "0.1").drain()
	seen := term.await("DEMO", 0)
	_ = term.command.Process.Signal(syscall.SIGSTOP)
	time.Sleep(100 * time.Millisecond)
	if err := unix.IoctlSetTermios(int(term.slave.Fd()), unix.TCSETS, &term.before); err != nil { // as a shell does
		t.Fatal(err)
	}
	_ = term.command.Process.Signal(syscall.SIGCONT)
	seen = term.await("\x1b[?1049h", seen)
	term.await("RESERVED", seen-1000)
	term.press("q") // without a line's end: the keys are single ones again
	if code := term.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	term.restored()
}

// A quiet node is silent: what did not change is not sent.
func TestNothingIsSentWhenNothingChanged(t *testing.T) {
	term := startTerminal(t, 120, 40, nil, strings.Fields(still)...).drain()
	term.await("48121", 0)
	time.Sleep(500 * time.Millisecond)
	before := len(term.text())
	time.Sleep(2 * time.Second)
	if after := term.text(); len(after) != before {
		t.Errorf("%q was sent", after[before:])
	}
}
