package terminal

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// discardOutput throws away what a terminal has not yet taken, to make room.
func discardOutput(output *os.File) {
	_ = unix.IoctlSetInt(int(output.Fd()), unix.TCFLSH, unix.TCOFLUSH) // not a terminal: nothing to discard
}

// openWithoutWaiting opens a terminal anew for writes that do not wait: the mode
// of the descriptor itself is shared with other processes. It is -1 where the
// terminal is another user's.
func openWithoutWaiting(output *os.File) int {
	fd, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", output.Fd()), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1
	}
	return fd
}

// CanSuspend tells whether somebody is there who can continue a stopped
// process: the parent of its process group, in the same session. Started as
// "ssh -t node gpufragtop" there is nobody, and the kernel ignores the stop.
func CanSuspend() bool {
	group := unix.Getpgrp()
	session, err := unix.Getsid(0)
	if err != nil {
		return false
	}
	for pid := os.Getppid(); pid > 1; {
		parentGroup, err := unix.Getpgid(pid)
		if err != nil {
			return false
		}
		if parentGroup != group {
			parentSession, err := unix.Getsid(pid)
			return err == nil && parentSession == session
		}
		if pid, err = parentOf(pid); err != nil {
			return false
		}
	}
	return false
}

// parentOf reads a parent's process id: field 4 of /proc/PID/stat, after the
// name in brackets.
func parentOf(pid int) (int, error) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 2 {
		return 0, fmt.Errorf("short stat of %d", pid)
	}
	return strconv.Atoi(fields[1])
}
