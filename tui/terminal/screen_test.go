//go:build linux

package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/tui/terminal/terminaltest"
)

// writes is the other end of a screen: a socket that keeps writes apart.
type writes struct {
	t  *testing.T
	fd int
}

func newTestScreen(t *testing.T) (*screen, *writes) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	none, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{output: none, line: &outlet{output: none, fd: pair[0]}, fresh: make(chan struct{}, 1)}
	t.Cleanup(func() {
		s.close()
		s.release()
		none.Close()
		unix.Close(pair[1])
	})
	return s, &writes{t, pair[1]}
}

// next is the next write; it waits for one.
func (w *writes) next() string {
	w.t.Helper()
	ready, err := await(w.fd, unix.POLLIN, nil, 20*time.Second)
	if !ready || err != nil {
		w.t.Fatalf("nothing was written: %v", err)
	}
	buffer := make([]byte, 1<<20)
	n, err := unix.Read(w.fd, buffer)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(buffer[:n])
}

func numbered(n, width, height int) string {
	lines := make([]string, height)
	for y := range lines {
		lines[y] = strings.Repeat(fmt.Sprintf("%d.%d ", n, y), width)[:width]
	}
	return strings.Join(lines, "\n")
}

// blanksCut is a frame as a screen tells it.
func blanksCut(frame string) string {
	var b strings.Builder
	for line := range strings.Lines(frame + "\n") {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

func TestOneWriteAFrame(t *testing.T) {
	s, out := newTestScreen(t)
	s.open()
	s.resize(60, 20)
	s.show(numbered(0, 60, 20))
	first := out.next()
	if first == enterSequence { // the frame was not there yet
		first += out.next()
	}
	e := &terminaltest.Screen{Width: 60, Height: 20}
	io.WriteString(e, first)
	for n := 1; n < 30; n++ {
		s.show(numbered(n-1, 60, 20)) // unchanged: no write of its own
		frame := numbered(n, 60, 20)
		s.show(frame)
		io.WriteString(e, out.next())
		if got := e.Text(); got != blanksCut(frame) {
			t.Fatalf("frame %d was not drawn by one write:\n%s", n, got)
		}
	}
	s.control("\x1b]52;c;Zm9v\x07")
	if got := out.next(); got != "\x1b]52;c;Zm9v\x07" {
		t.Errorf("%q", got)
	}
	s.close()
	if got := out.next(); got != leaveSequence {
		t.Errorf("the terminal is left with %q", got)
	}
	s.show("late")
	s.open()
	if got := out.next(); got != enterSequence {
		t.Errorf("the terminal is taken again with %q", got)
	}
}

// A terminal that takes nothing for a while keeps nobody waiting, and nothing
// piles up for it: it gets what it was being sent, and then the newest frame.
func TestFramesDoNotPileUp(t *testing.T) {
	s, out := newTestScreen(t)
	s.open()
	s.resize(100, 30)
	const frames = 3000
	for n := range frames {
		s.show(numbered(n, 100, 30))
		if n < 300 {
			time.Sleep(time.Millisecond) // the socket fills
		}
	}
	e := &terminaltest.Screen{Width: 100, Height: 30}
	taken := 0
	for want := blanksCut(numbered(frames-1, 100, 30)); e.Text() != want; taken++ {
		io.WriteString(e, out.next())
	}
	if taken > 400 {
		t.Errorf("%d frames were kept", taken)
	}
}

// After a storm of sizes the screen is what it would be had it always had the
// last one.
func TestAStormOfSizes(t *testing.T) {
	s, out := newTestScreen(t)
	s.open()
	for n := range 200 {
		width, height := 1+n*7%90, 1+n*5%40
		s.resize(width, height)
		s.show(numbered(n, width, height))
	}
	s.resize(50, 10)
	s.show(numbered(7, 50, 10))
	s.show(numbered(7, 50, 10) + "\nnever seen")
	e := &terminaltest.Screen{} // each size is drawn anew
	for want := blanksCut(numbered(7, 50, 10)); strings.TrimRight(e.Text(), "\n") != strings.TrimRight(want, "\n"); {
		io.WriteString(e, out.next())
	}
	if len(e.Strange) > 0 {
		t.Errorf("%q", e.Strange)
	}
	// A terminal does with what it showed what it likes.
	s.resize(50, 10)
	s.show(numbered(7, 50, 10))
	anew := &terminaltest.Screen{Width: 50, Height: 10}
	io.WriteString(anew, out.next())
	if got := anew.Text(); got != blanksCut(numbered(7, 50, 10)) {
		t.Errorf("after a resize this is drawn:\n%s", got)
	}
}
