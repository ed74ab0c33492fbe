package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/tui/terminal/terminaltest"
)

// terminal is a pty with the program on it. It never answers a query, as the
// mute terminals of CI and of some SSH set-ups do not.
type terminal struct {
	t       *testing.T
	master  *os.File
	slave   *os.File // kept open to read the terminal's settings afterwards
	command *exec.Cmd
	before  unix.Termios
	ended   chan error

	mu     sync.Mutex
	output bytes.Buffer
}

// startTerminal runs the program on a new pty of the given size.
func startTerminal(t *testing.T, columns, rows uint16, env []string, args ...string) *terminal {
	t.Helper()
	return startTerminalIn(t, "", columns, rows, env, args...)
}

// startTerminalIn is startTerminal in a folder.
func startTerminalIn(t *testing.T, folder string, columns, rows uint16, env []string, args ...string) *terminal {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	before, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(binary, args...)
	command.Dir = folder
	command.Env = append(cleanEnv(), env...)
	command.Stdin, command.Stdout, command.Stderr = slave, slave, slave
	command.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, master: master, slave: slave, command: command, before: *before, ended: make(chan error, 1)}
	go func() { term.ended <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		slave.Close()
		master.Close()
	})
	return term
}

// trickle reads as a terminal at 9,600 baud does: 960 bytes a second.
func (term *terminal) trickle() *terminal {
	go func() {
		const perSecond, steps = 960, 20
		buffer := make([]byte, perSecond/steps)
		for range time.Tick(time.Second / steps) {
			n, err := term.master.Read(buffer)
			term.mu.Lock()
			term.output.Write(buffer[:n])
			term.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return term
}

// drain reads all that the program writes, as a terminal does.
func (term *terminal) drain() *terminal {
	go func() {
		buffer := make([]byte, 64<<10)
		for {
			n, err := term.master.Read(buffer)
			term.mu.Lock()
			term.output.Write(buffer[:n])
			term.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return term
}

func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.output.String()
}

// await waits until text has come on the screen after the given offset of the
// output, whole or made of what was there and what changed, and returns the
// offset behind all output so far.
func (term *terminal) await(text string, from int) int {
	term.t.Helper()
	var screen terminaltest.Screen
	shown, there := 0, false
	for deadline := time.Now().Add(hang); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		out := term.text()
		from := min(max(from, 0), len(out))
		if shown < from {
			screen.Write([]byte(out[shown:from]))
			shown, there = from, strings.Contains(screen.Text(), text)
		}
		screen.Write([]byte(out[shown:]))
		shown = len(out)
		now := strings.Contains(screen.Text(), text)
		if strings.Contains(out[from:], text) || now && !there {
			return len(out)
		}
		there = now
	}
	term.t.Fatalf("the screen never showed %q; it wrote %d bytes and shows\n%s", text, shown, screen.Text())
	return 0
}

func (term *terminal) press(keys string) {
	term.t.Helper()
	if _, err := term.master.WriteString(keys); err != nil {
		term.t.Fatal(err)
	}
}

func (term *terminal) resize(columns, rows uint16) {
	term.t.Helper()
	if err := pty.Setsize(term.master, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		term.t.Fatal(err)
	}
}

// wait waits for the program's end and returns its exit code, -1 for a signal.
func (term *terminal) wait() int {
	term.t.Helper()
	select {
	case <-term.ended:
		return term.command.ProcessState.ExitCode()
	case <-time.After(hang):
		term.t.Fatal("the program did not end")
		return 0
	}
}

// restored checks that the terminal is as it was before the program.
func (term *terminal) restored() {
	term.t.Helper()
	after, err := unix.IoctlGetTermios(int(term.slave.Fd()), unix.TCGETS)
	if err != nil {
		term.t.Fatal(err)
	}
	if *after != term.before {
		term.t.Errorf("terminal settings differ: before %+v, after %+v", term.before, *after)
	}
	for deadline := time.Now().Add(hang); ; time.Sleep(5 * time.Millisecond) { // the last bytes are on their way
		out := term.text()
		left := strings.LastIndex(out, "\x1b[?1049l") >= strings.LastIndex(out, "\x1b[?1049h")
		shown := strings.LastIndex(out, "\x1b[?25h") >= strings.LastIndex(out, "\x1b[?25l")
		if left && shown {
			return
		}
		if time.Now().After(deadline) {
			term.t.Errorf("the alternate screen was left: %v; the cursor was shown again: %v", left, shown)
			return
		}
	}
}

func tail(text string, n int) string { return text[max(0, len(text)-n):] }
