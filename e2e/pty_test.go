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

// await waits until the program has written text after the given offset and
// returns the offset behind all output so far.
func (term *terminal) await(text string, from int) int {
	term.t.Helper()
	for deadline := time.Now().Add(hang); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if out := term.text(); strings.Contains(out[min(from, len(out)):], text) {
			return len(out)
		}
	}
	term.t.Fatalf("the screen never showed %q; it wrote %d bytes: %q", text, len(term.text()), tail(term.text(), 2000))
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
	out := term.text()
	if strings.LastIndex(out, "\x1b[?1049l") < strings.LastIndex(out, "\x1b[?1049h") {
		term.t.Error("the alternate screen was not left")
	}
	if strings.LastIndex(out, "\x1b[?25h") < strings.LastIndex(out, "\x1b[?25l") {
		term.t.Error("the cursor was not shown again")
	}
}

func tail(text string, n int) string { return text[max(0, len(text)-n):] }
