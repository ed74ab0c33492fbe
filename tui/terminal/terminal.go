package terminal

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"
)

// terminal is the terminal of a program that runs.
type terminal struct {
	input   *os.File
	screen  *screen
	guard   *guard
	program *tea.Program
	pace    hurry

	mu     sync.Mutex
	inside bool                       // the program has the terminal
	before atomic.Pointer[term.State] // its modes before that

	signals   chan os.Signal
	suspended atomic.Bool
	continued chan struct{} // a suspended process goes on
}

// continuedMsg says that the process was stopped and goes on, without having
// been asked before.
type continuedMsg struct{}

// enter takes the terminal. Taken already, it is taken anew: a shell may have
// had it meanwhile.
func (t *terminal) enter() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	state, err := term.MakeRaw(t.input.Fd())
	if err != nil {
		return fmt.Errorf("the terminal cannot be switched to single keys: %w", err)
	}
	if !t.inside {
		t.before.Store(state)
	}
	t.inside = true
	t.screen.open()
	return nil
}

// leave gives the terminal back as it was. It takes a fraction of a second where
// the terminal takes nothing.
func (t *terminal) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.inside {
		return
	}
	t.inside = false
	t.screen.close()
	_ = term.Restore(t.input.Fd(), t.before.Load()) // of a terminal that is gone there is nothing to restore
}

// abandon puts the terminal back as well as it goes without waiting for
// anything, for a process that is about to be ended.
func (t *terminal) abandon() {
	discardOutput(t.screen.output)
	if state := t.before.Load(); state != nil {
		_ = term.Restore(t.input.Fd(), state) // nothing is left to try
	}
	t.screen.cut(leaveSequence)
}

// watch hears of sizes, stops and continuations until the function that it
// returns is called.
func (t *terminal) watch() (end func()) {
	t.signals = make(chan os.Signal, 8)
	done := make(chan struct{})
	signal.Notify(t.signals, syscall.SIGWINCH, syscall.SIGCONT, syscall.SIGTSTP)
	go t.program.Send(t.size())
	go func() {
		for {
			select {
			case <-done:
				return
			case s := <-t.signals:
				t.heard(s)
			}
		}
	}()
	return func() {
		signal.Stop(t.signals)
		close(done)
	}
}

func (t *terminal) heard(s os.Signal) {
	switch s {
	case syscall.SIGWINCH:
		t.program.Send(t.size())
	case syscall.SIGTSTP:
		if CanSuspend() {
			t.program.Send(tea.SuspendMsg{})
		}
	case syscall.SIGCONT:
		if t.suspended.Load() {
			select {
			case t.continued <- struct{}{}:
			default:
			}
			return
		}
		t.program.Send(continuedMsg{})
	}
}

// size asks for the terminal's size. A serial line knows none: then the
// environment does, or it is that of the terminals of old.
func (t *terminal) size() tea.WindowSizeMsg {
	width, height, err := term.GetSize(t.screen.output.Fd())
	if err == nil && width > 0 && height > 0 {
		return tea.WindowSizeMsg{Width: width, Height: height}
	}
	return tea.WindowSizeMsg{Width: sizeFrom("COLUMNS", 80), Height: sizeFrom("LINES", 24)}
}

func sizeFrom(variable string, otherwise int) int {
	const most = 1000
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil && n > 0 && n <= most {
		return n
	}
	return otherwise
}

// filter sees every message first.
func (t *terminal) filter(model tea.Model, message tea.Msg) tea.Msg {
	switch message.(type) {
	case tea.QuitMsg:
		t.guard.leave(0)
	case tea.SuspendMsg:
		return t.suspend()
	case continuedMsg:
		return t.resume()
	case tea.KeyMsg:
		asker, ok := model.(*shown).model.(Asker)
		if t.pace.tooFast(time.Now(), ok && asker.Asking()) {
			return nil
		}
	}
	return message
}

// suspend hands the terminal to the shell and stops, until the shell continues
// the process.
func (t *terminal) suspend() tea.Msg {
	const ignored = time.Second // a stop that did not happen is given up
	t.leave()
	select {
	case <-t.continued: // of before
	default:
	}
	t.suspended.Store(true)
	// The whole group, as the terminal does it. SIGTSTP would not stop us: Go
	// keeps its handler for a signal that was asked for once.
	_ = syscall.Kill(0, syscall.SIGSTOP)
	select {
	case <-t.continued:
	case <-time.After(ignored):
	}
	t.suspended.Store(false)
	return t.resume()
}

// resume takes the terminal again; all that was on it is drawn anew.
func (t *terminal) resume() tea.Msg {
	if err := t.enter(); err != nil {
		return tea.QuitMsg{}
	}
	go t.program.Send(t.size()) // in the background nobody was told
	return tea.ResumeMsg{}
}
