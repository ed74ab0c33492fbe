package tui

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
)

// restoreSequence leaves the alternate screen, shows the cursor, and switches
// bracketed paste and styles off.
const restoreSequence = "\x1b[?2004l\x1b[?25h\x1b[?1049l\x1b[m\r"

// lastRespite is how long the program may take to end by itself.
const lastRespite = 2 * time.Second

// guard ends the program on signals, and sees to it that the terminal is put
// back and the process ends even when the program cannot: Bubble Tea writes to
// the terminal under a lock that its own shutdown needs, so that a terminal
// that takes no more output would keep it alive for ever.
type guard struct {
	output  *os.File
	state   *term.State // of the terminal before the program; nil when it is none
	quit    func()      // asks the program to end
	signals chan os.Signal
	leaving sync.Once
	done    chan struct{} // closed when the program has ended
}

// newGuard remembers the terminal's state.
func newGuard(input, output *os.File) *guard {
	g := &guard{output: output, signals: make(chan os.Signal, 4), done: make(chan struct{})}
	if state, err := term.GetState(input.Fd()); err == nil {
		g.state = state
	}
	return g
}

// watch handles signals until release.
func (g *guard) watch(input *os.File, quit func()) {
	g.quit = quit
	signal.Notify(g.signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	go func() {
		asked := false
		for {
			select {
			case <-g.done:
				return
			case s := <-g.signals:
				code := exitCode(s)
				if asked {
					g.force(input, code)
				}
				asked = true
				g.leave(input, code)
				go g.quit() // may block for as long as the program is stuck
			}
		}
	}()
}

// leave starts the last respite: a process that is still there at its end is
// ended by force.
func (g *guard) leave(input *os.File, code int) {
	g.leaving.Do(func() {
		go func() {
			select {
			case <-g.done:
			case <-time.After(lastRespite):
				g.force(input, code)
			}
		}()
	})
}

// release ends the watch, after the program has ended.
func (g *guard) release() {
	signal.Stop(g.signals)
	close(g.done)
}

// force puts the terminal back as well as it goes without waiting for it, and
// ends the process.
func (g *guard) force(input *os.File, code int) {
	discardOutput(g.output)
	if g.state != nil {
		_ = term.Restore(input.Fd(), g.state) // nothing is left to try
	}
	writeWithoutWaiting(g.output, restoreSequence)
	os.Exit(code)
}

// exitCode is the shell's code for a process that a signal ended.
func exitCode(s os.Signal) int {
	const killed = 128
	if number, ok := s.(syscall.Signal); ok {
		return killed + int(number)
	}
	return 1
}

// endingInput tells when the input ends: a terminal that was hung up reads as
// ended, which Bubble Tea takes for silence.
type endingInput struct {
	*os.File
	ended func()
}

// Read implements io.Reader.
func (e *endingInput) Read(p []byte) (int, error) {
	n, err := e.File.Read(p)
	if err != nil && n == 0 && !errors.Is(err, syscall.EINTR) && !errors.Is(err, syscall.EAGAIN) {
		go e.ended()
	}
	return n, err
}

// keyboard is where keys come from: standard input, or the terminal itself
// when something else was piped in.
func keyboard(input *os.File) (*os.File, error) {
	if term.IsTerminal(input.Fd()) {
		return input, nil
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return nil, fmt.Errorf("no keyboard: standard input is not a terminal (%w); use --once or --json", err)
	}
	return tty, nil
}
