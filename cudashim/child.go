package cudashim

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// passedOn are the signals that a child gets when we get them.
var passedOn = [...]os.Signal{
	unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2,
}

// Child is an instrumented program that runs beside us, with our standard
// input, output and error. Signals that ask us to end or to do something go to
// it; we live on and see how it ends.
type Child struct {
	process *os.Process
	done    chan struct{}
	code    int
}

// Start starts a program that Prepare has prepared. Its errors are *Error.
func Start(l Launch) (*Child, error) {
	signals := make(chan os.Signal, 16)
	for _, s := range passedOn {
		if !signal.Ignored(s) { // under nohup: the child ignores it too
			signal.Notify(signals, s)
		}
	}
	process, err := os.StartProcess(l.Path, l.Argv, &os.ProcAttr{Env: l.Env, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	if err != nil {
		signal.Stop(signals)
		return nil, StartError(l.Path, err)
	}
	c := &Child{process: process, done: make(chan struct{})}
	go c.passOn(signals)
	go func() {
		defer close(c.done)
		c.code = codeFailed
		if state, err := process.Wait(); err == nil {
			c.code = exitCode(state)
		}
	}()
	return c, nil
}

// PID is the child's process id.
func (c *Child) PID() int { return c.process.Pid }

// Done is closed when the child has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// ExitCode is the exit code of a child that has ended; 128 + n where signal n
// ended it, as shells have it.
func (c *Child) ExitCode() int {
	<-c.done
	return c.code
}

// passOn gives our signals to the child. Those that a terminal sends, it sends
// to the child as well.
func (c *Child) passOn(signals chan os.Signal) {
	defer signal.Stop(signals)
	for {
		select {
		case <-c.done:
			return
		case s := <-signals:
			if (s == unix.SIGINT || s == unix.SIGQUIT) && inForeground() {
				continue
			}
			_ = c.process.Signal(s) // it may have ended just now
		}
	}
}

// inForeground tells whether our process group, which is the child's, is the
// one that the keys of a terminal interrupt.
func inForeground() bool {
	terminal, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer unix.Close(terminal)
	group, err := unix.IoctlGetInt(terminal, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// StartError says why the kernel did not execute a program.
func StartError(path string, err error) error {
	if errors.Is(err, syscall.ENOENT) {
		return failf(codeNotFound, "%s: its interpreter or loader is missing", path)
	}
	var call *os.PathError
	if errors.As(err, &call) {
		err = call.Err
	}
	return failf(codeNotExecutable, "%s: %v", path, err)
}
