package agents

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// errForeign means that a page belongs to another process: a forked child has
// its parent's descriptors.
var errForeign = errors.New("the page of another process")

// agent is the other end of one process's page and command page.
type agent struct {
	id      fragcalc.ProcessID
	path    string // of the page, under /proc/PID/fd
	inode   uint64
	nobody  string // why it is never asked for anything; empty for most
	monitor monitor

	mu     sync.Mutex   // guards what follows
	since  page.Instant // when the agent began to be watched
	page   *os.File     // nil once closed
	mapped []byte       // the command page; nil where it cannot be had
	cmd    *page.Cmd
	cmdErr error // why there is no slot
	slot   int   // ours in the command page; -1 = none
	figures
}

// monitor is who speaks to agents.
type monitor struct {
	pid, uid uint32
	nonce    uint64 // owner of command slots, different for every Watcher
}

// opener opens agents.
type opener struct {
	proc    proc
	memfds  memfds
	monitor monitor
}

// open opens the page of a process that has descriptors of the right name.
// errForeign and page.ErrNotReady mean that there is none (yet).
func (o opener) open(s sighting) (*agent, error) {
	if len(s.pages) == 0 {
		return nil, errForeign
	}
	inner, err := o.proc.innerPID(s.id.PID)
	if err != nil {
		return nil, err
	}
	worst := errForeign
	for _, path := range s.pages {
		a, err := o.openPage(s.id, inner, path)
		if err == nil {
			o.openCmd(a, s.cmds)
			return a, nil
		}
		if !errors.Is(err, errForeign) {
			worst = fmt.Errorf("page found, but %w", err)
		}
	}
	return nil, worst
}

func (o opener) openPage(id fragcalc.ProcessID, inner int, path string) (*agent, error) {
	file, inode, err := o.memfds.open(path, pageLink, os.O_RDONLY, page.PageSize)
	if err != nil {
		return nil, err
	}
	a := &agent{id: id, nobody: o.proc.nobody(id.PID), since: now(), path: path, inode: inode, monitor: o.monitor, page: file, slot: -1}
	h, err := a.readHeader()
	if err == nil && !o.proc.owns(h, id, inner) {
		err = errForeign
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return a, nil
}

// openCmd maps the command page that belongs to the agent's page.
func (o opener) openCmd(a *agent, paths []string) {
	a.cmdErr = errors.New("its command page is not to be found")
	for _, path := range paths {
		file, inode, err := o.memfds.open(path, cmdLink, os.O_RDWR, page.CmdSize)
		if err != nil {
			a.cmdErr = fmt.Errorf("command page found, but %w", err)
			continue
		}
		if inode == a.header.CmdInode {
			a.mapped, a.cmd, a.cmdErr = mapCmd(file)
		}
		file.Close()
		if a.cmd != nil {
			return
		}
	}
}

func mapCmd(file *os.File) ([]byte, *page.Cmd, error) {
	mapped, err := unix.Mmap(int(file.Fd()), 0, page.CmdSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot map the command page: %w", err)
	}
	cmd, err := page.OpenCmd(mapped)
	if err != nil {
		_ = unix.Munmap(mapped)
		return nil, nil, err
	}
	return mapped, cmd, nil
}

// stands tells whether the process still has the page that was opened: exec
// and daemons close it, and a new one may have come in its place.
func (a *agent) stands() bool {
	var s unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, a.path, unix.AT_STATX_DONT_SYNC, unix.STATX_INO, &s)
	return err == nil && s.Ino == a.inode
}

// close gives the command slot back and lets go of the page.
func (a *agent) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page == nil {
		return
	}
	if a.slot >= 0 {
		a.cmd.Slot(a.slot).Free(a.monitor.nonce)
		a.slot = -1
	}
	if a.mapped != nil {
		_ = unix.Munmap(a.mapped)
		a.mapped, a.cmd = nil, nil
	}
	a.page.Close()
	a.page = nil
}

// readHeader reads the header into a.header.
func (a *agent) readHeader() (page.Header, error) {
	var b [page.HeaderSize]byte
	n, err := a.page.ReadAt(b[:], 0)
	if err != nil {
		return page.Header{}, fmt.Errorf("cannot read the page: %w", err)
	}
	h, err := page.DecodeHeader(b[:n])
	if err == nil {
		a.header = h
	}
	return h, err
}

// silence is how long the agent has not woken although it was asked to.
func (a *agent) silence(at page.Instant) time.Duration {
	return at.Since(max(a.header.Heartbeat, a.since))
}
