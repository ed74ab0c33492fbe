package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui/terminal"
)

// The tests below run the screen in a process of its own on a real terminal:
// this test binary again, with childEnv saying which source it has.
const childEnv = "GPUFRAGTOP_TEST_CHILD"

const (
	childLive  = "live"  // a sample at once, and another one every time
	childHung  = "hung"  // a sample that never comes
	childNoHUP = "nohup" // live, with SIGHUP ignored
	childPanic = "panic" // live, and the third sample panics
	childStuck = "stuck" // a model that a key keeps busy for ever
	childQuiet = "quiet" // hung, on a terminal that is not its session's: no signal tells of its end, and nothing is written
)

// deadline is a generous bound for what takes milliseconds.
const deadline = 20 * time.Second

type childSource string

// Sample implements Source.
func (c childSource) Sample(context.Context) *fragcalc.Snapshot {
	if c == childHung || c == childQuiet {
		select {} // also deaf to the end of its context
	}
	if c == childPanic && samples.Add(1) == 3 {
		panic("a bug")
	}
	s := testNode(1, 2, 9)
	s.At = time.Now()
	return s
}

var samples atomic.Int32

func runChild() int {
	kind := os.Getenv(childEnv)
	if kind == childNoHUP {
		signal.Ignore(syscall.SIGHUP)
	}
	theme, err := themes.Load("")
	switch {
	case err != nil:
	case kind == childStuck:
		err = terminal.Run(context.Background(), stuck{}, nil, nil)
	default:
		err = Run(context.Background(), Options{Source: childSource(kind), Theme: theme, Interval: 100 * time.Millisecond})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// stuck is a model that a key keeps busy for ever.
type stuck struct{}

func (stuck) Init() tea.Cmd { return nil }
func (s stuck) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := message.(tea.KeyMsg); ok {
		select {}
	}
	return s, nil
}
func (stuck) View() string { return "a stuck model" }

// child is a screen on a terminal.
type child struct {
	t        *testing.T
	command  *exec.Cmd
	terminal *os.File // the end that a person sees
	tty      *os.File // the child's end, kept open to look at its state
	before   *term.State
	ended    chan error

	mu     sync.Mutex
	output bytes.Buffer
	paused bool          // nobody reads
	left   chan struct{} // one for each reader that has stopped
}

func startChild(t *testing.T, kind string) *child {
	t.Helper()
	terminal, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, terminal: terminal, tty: tty, ended: make(chan error, 1), left: make(chan struct{}, 8)}
	if err := pty.Setsize(terminal, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	if c.before, err = term.GetState(tty.Fd()); err != nil {
		t.Fatal(err)
	}
	c.command = exec.Command(os.Args[0])
	c.command.Env = append(os.Environ(), childEnv+"="+kind, "TERM=xterm-256color", "LANG=C.UTF-8")
	c.command.Stdin, c.command.Stdout, c.command.Stderr = tty, tty, tty
	c.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: kind != childQuiet}
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { c.ended <- c.command.Wait() }()
	go c.read()
	t.Cleanup(func() {
		_ = c.command.Process.Kill()
		_ = tty.Close()
		_ = terminal.Close()
	})
	return c
}

// read takes what the child writes, until nobody is to read any more.
func (c *child) read() {
	defer func() { c.left <- struct{}{} }()
	buffer := make([]byte, 4096)
	for {
		c.mu.Lock()
		paused := c.paused
		c.mu.Unlock()
		if paused {
			return
		}
		n, err := c.terminal.Read(buffer)
		c.mu.Lock()
		c.output.Write(buffer[:n])
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (c *child) seen() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.output.String()
}

func (c *child) waitFor(text string) {
	c.t.Helper()
	for begun := time.Now(); time.Since(begun) < deadline; time.Sleep(5 * time.Millisecond) {
		if bytes.Contains([]byte(c.seen()), []byte(text)) {
			return
		}
	}
	c.t.Fatalf("%q never came; seen: %q", text, c.seen())
}

// waitEnd waits for the child's end and returns its exit code.
func (c *child) waitEnd() int {
	c.t.Helper()
	select {
	case err := <-c.ended:
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		return 0
	case <-time.After(deadline):
		c.t.Fatalf("still there; seen: %q", c.seen())
		return -1
	}
}

// restored checks that the terminal is as it was.
func (c *child) restored() {
	c.t.Helper()
	c.waitFor("\x1b[?1049l")
	c.waitFor("\x1b[?25h")
	after, err := term.GetState(c.tty.Fd())
	if err != nil {
		c.t.Fatal(err)
	}
	if *after != *c.before {
		c.t.Error("the terminal's modes are not restored")
	}
}

func TestTerminalIsRestored(t *testing.T) {
	for name, end := range map[string]func(*child){
		"q":       func(c *child) { _, _ = c.terminal.WriteString("q") },
		"ctrl-c":  func(c *child) { _, _ = c.terminal.WriteString("\x03") },
		"SIGTERM": func(c *child) { _ = c.command.Process.Signal(syscall.SIGTERM) },
		"SIGHUP":  func(c *child) { _ = c.command.Process.Signal(syscall.SIGHUP) },
		"SIGQUIT": func(c *child) { _ = c.command.Process.Signal(syscall.SIGQUIT) },
		"SIGINT":  func(c *child) { _ = c.command.Process.Signal(syscall.SIGINT) },
	} {
		t.Run(name, func(t *testing.T) {
			c := startChild(t, childLive)
			c.waitFor("H100")
			end(c)
			if code := c.waitEnd(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			c.restored()
		})
	}
}

// A bug of ours does not cost the user the terminal.
func TestAPanicRestoresTheTerminal(t *testing.T) {
	c := startChild(t, childPanic)
	c.waitFor("H100")
	if code := c.waitEnd(); code == 0 {
		t.Error("exit code 0 after a panic")
	}
	c.waitFor("a bug")
	c.restored()
	if screen := c.seen(); strings.Index(screen, "a bug") < strings.Index(screen, "\x1b[?1049l") {
		t.Error("the panic is told on the screen that goes away")
	}
}

func TestQuitDoesNotWaitForASample(t *testing.T) {
	c := startChild(t, childHung)
	c.waitFor("looking")
	_, _ = c.terminal.WriteString("q")
	if code := c.waitEnd(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	c.restored()
}

func TestTheTerminalIsNotAsked(t *testing.T) {
	c := startChild(t, childLive)
	c.waitFor("H100")
	for _, question := range []string{"\x1b]11;?", "\x1b[6n", "\x1b[c"} {
		if bytes.Contains([]byte(c.seen()), []byte(question)) {
			t.Errorf("the terminal is asked %q", question)
		}
	}
}

func TestALostTerminalEndsTheProgram(t *testing.T) {
	for kind, sign := range map[string]string{childLive: "H100", childNoHUP: "H100", childQuiet: "looking"} {
		t.Run(kind, func(t *testing.T) {
			c := startChild(t, kind)
			c.waitFor(sign)
			c.stopReading()
			_ = c.tty.Close()
			_ = c.terminal.Close()
			c.waitEnd()
		})
	}
}

// stopReading has the reader leave the terminal, which is not closed while it is
// being read: it stops at the next output, and a key makes some.
func (c *child) stopReading() {
	c.mu.Lock()
	c.paused = true
	c.mu.Unlock()
	_, _ = c.terminal.WriteString("?")
	select {
	case <-c.left:
	case <-time.After(deadline):
		c.t.Fatal("the reader does not stop")
	}
}

// stuff fills a terminal that nobody reads: every resize draws the whole screen.
func (c *child) stuff() {
	c.mu.Lock()
	c.paused = true
	c.mu.Unlock()
	for i := range 60 {
		_ = pty.Setsize(c.terminal, &pty.Winsize{Rows: uint16(40 + i%2), Cols: uint16(180 + i%3)})
		time.Sleep(20 * time.Millisecond)
	}
}

// A terminal that takes nothing delays no end, and gets what puts it back: the
// exit code is not that of an end by force.
func TestAStuckTerminalDoesNotKeepTheProgram(t *testing.T) {
	for name, end := range map[string]func(*child){
		"q":       func(c *child) { _, _ = c.terminal.WriteString("q") },
		"SIGTERM": func(c *child) { _ = c.command.Process.Signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			c := startChild(t, childLive)
			c.waitFor("H100")
			c.stuff()
			end(c)
			if code := c.waitEnd(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			c.mu.Lock()
			c.paused = false
			c.output.Reset()
			c.mu.Unlock()
			go c.read()
			c.restored()
			const onItsWay = 4096 + 200 // the kernel has handed that to the terminal's side already
			if late := len(c.seen()); late > onItsWay {
				t.Errorf("%d bytes of old frames come before the shell", late)
			}
		})
	}
}

// With the program's loop stuck, the last respite ends it.
func TestAStuckProgramIsEnded(t *testing.T) {
	c := startChild(t, childStuck)
	c.waitFor("a stuck model")
	_, _ = c.terminal.WriteString("p")
	time.Sleep(100 * time.Millisecond)
	_ = c.command.Process.Signal(syscall.SIGTERM)
	const terminated = 128 + int(syscall.SIGTERM)
	if code := c.waitEnd(); code != terminated {
		t.Errorf("exit code %d, want that of a forced end", code)
	}
	c.restored()
}

func TestSuspendNeedsAShell(t *testing.T) {
	c := startChild(t, childLive) // it leads its session: nobody could continue it
	c.waitFor("H100")
	_, _ = c.terminal.WriteString("\x1a")
	c.waitFor("cannot suspend")
	_, _ = c.terminal.WriteString("q")
	c.waitEnd()
}

func TestResizeToNothingAndBack(t *testing.T) {
	c := startChild(t, childLive)
	c.waitFor("H100")
	for i := range 30 {
		_ = pty.Setsize(c.terminal, &pty.Winsize{Rows: uint16(1 + i%3), Cols: uint16(1 + i%2)})
		time.Sleep(2 * time.Millisecond)
	}
	before := len(c.seen())
	_ = pty.Setsize(c.terminal, &pty.Winsize{Rows: 24, Cols: 80})
	for begun := time.Now(); !bytes.Contains([]byte(c.seen()[before:]), []byte("RESERVED")); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > deadline {
			t.Fatalf("the screen does not come back: %q", c.seen()[before:])
		}
	}
	_, _ = c.terminal.WriteString("q")
	c.waitEnd()
}
