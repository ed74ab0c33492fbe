package procs

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"
)

// endings tell which processes have ended without asking each of them: a pidfd
// of every process (Linux 5.3) is waited for in one call. A process whose pidfd
// was opened before its stat was read, and that has not ended, has its PID still.
type endings struct {
	epoll int         // -1 = nothing is watched
	room  int         // how many more may be watched
	fds   map[int]int // the pidfd of a PID
}

// mostWatched bounds the pidfds, at half a KiB of the kernel's memory each; so
// does half of what this process may have open.
const mostWatched = 32 << 10

func newEndings(root string) endings {
	e := endings{epoll: -1}
	var limit unix.Rlimit
	if !ownNumbers(root) || unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return e
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return e
	}
	return endings{epoll: epoll, room: int(min(limit.Cur/2, mostWatched)), fds: map[int]int{}}
}

// ownNumbers tells whether the PIDs under root are those that system calls take:
// there, this process has one number and no other further in.
func ownNumbers(root string) bool {
	status, err := os.ReadFile(root + "/self/status")
	if err != nil {
		return false
	}
	for line := range bytes.Lines(status) {
		if pids, ok := bytes.CutPrefix(line, []byte("NSpid:")); ok {
			return len(bytes.Fields(pids)) == 1
		}
	}
	return false
}

// watch watches the process that has the PID now in the place of the one that
// had it before. What cannot be watched is looked at in other ways.
func (e *endings) watch(pid int) {
	e.forget(pid)
	if e.epoll < 0 || e.room <= 0 {
		return
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(pid)}
	if unix.EpollCtl(e.epoll, unix.EPOLL_CTL_ADD, fd, &event) != nil {
		unix.Close(fd)
		return
	}
	e.room--
	e.fds[pid] = fd
}

// runs tells whether the PID is watched, and its process had not ended at the
// last look.
func (e *endings) runs(pid int) bool {
	_, ok := e.fds[pid]
	return ok
}

// look forgets the processes that have ended.
func (e *endings) look() {
	var events [64]unix.EpollEvent
	for e.epoll >= 0 {
		n, err := unix.EpollWait(e.epoll, events[:], 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			e.end() // nothing is known any more
			return
		}
		for i := range events[:n] {
			e.forget(int(events[i].Fd))
		}
		if n < len(events) {
			return
		}
	}
}

func (e *endings) forget(pid int) {
	if fd, ok := e.fds[pid]; ok {
		unix.Close(fd) // which takes it out of epoll
		delete(e.fds, pid)
		e.room++
	}
}

func (e *endings) end() {
	for pid := range e.fds {
		e.forget(pid)
	}
	if e.epoll >= 0 {
		unix.Close(e.epoll)
		e.epoll = -1
	}
}
