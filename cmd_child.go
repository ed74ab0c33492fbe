package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim"
)

// child is a program that runs instrumented below a verb that looks on. It has
// the verb's terminal, standard streams and process group.
type child struct {
	command *exec.Cmd
	signals chan os.Signal
	ended   chan struct{} // closed when it has ended
}

// prepareChild finds a program and checks that it can be instrumented, as run
// does, with run's exit codes.
func prepareChild(verb string, argv []string, options cudashim.RunOptions) (cudashim.Launch, error) {
	launch, err := cudashim.Prepare(argv, os.Environ(), options)
	if err == nil {
		return launch, nil
	}
	var refused interface{ ExitCode() int }
	if errors.As(err, &refused) {
		return launch, failf(refused.ExitCode(), "%s: %v", verb, err)
	}
	return launch, failf(exitFailed, "%s: %v", verb, err)
}

// startChild starts a prepared program. From then on signals to this process
// are passed on to it, except those that the terminal gives to both.
func startChild(verb string, launch cudashim.Launch) (*child, error) {
	c := &child{
		command: &exec.Cmd{Path: launch.Path, Args: launch.Argv, Env: launch.Env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr},
		signals: make(chan os.Signal, 8),
		ended:   make(chan struct{}),
	}
	signal.Notify(c.signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2)
	if err := c.command.Start(); err != nil {
		signal.Stop(c.signals)
		if errors.Is(err, syscall.ENOENT) {
			return nil, failf(127, "%s: %s: its interpreter or loader is missing", verb, launch.Path)
		}
		return nil, failf(126, "%s: %s: %v", verb, launch.Path, err)
	}
	go func() {
		for s := range c.signals {
			if typed := s == unix.SIGINT || s == unix.SIGQUIT; !typed || !inForeground() {
				_ = c.command.Process.Signal(s) // it may have ended meanwhile
			}
		}
	}()
	go func() {
		_ = c.command.Wait() // how it ended is in ProcessState
		signal.Stop(c.signals)
		close(c.signals)
		close(c.ended)
	}()
	return c, nil
}

// exitCode is the program's own, or 128 and the number of the signal that
// ended it; to be asked once it has ended.
func (c *child) exitCode() int {
	state := c.command.ProcessState
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// inForeground tells whether a key such as Ctrl-C signals the whole process
// group, the program included.
func inForeground() bool {
	terminal, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(terminal)
	group, err := unix.IoctlGetInt(terminal, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
