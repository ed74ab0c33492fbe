package agents

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// errNotOurs means that a descriptor has the name of a page and is none.
var errNotOurs = errors.New("it has the name of a page and is no sealed memfd: ignored")

// errUnsealed is such a descriptor that may become a page: the agent seals it
// right after making it.
var errUnsealed = fmt.Errorf("%w", errNotOurs)

// errMoved means that the descriptor is another file by now: the agent makes a
// page and then moves it to a higher number.
var errMoved = errors.New("closed meanwhile")

// memfds opens the memfds of other processes without trusting them.
type memfds struct {
	// device is where the kernel keeps all memfds. A file of that name on a
	// file system of the other process's making (FUSE) is elsewhere; it must
	// not even be opened, for that alone may block for ever.
	device  uint64
	checked bool
}

func newMemfds() memfds {
	fd, err := unix.MemfdCreate("gpufragtop:device", unix.MFD_CLOEXEC)
	if err != nil {
		return memfds{}
	}
	defer func() { _ = unix.Close(fd) }()
	var status unix.Stat_t
	if err := unix.Fstat(fd, &status); err != nil {
		return memfds{}
	}
	return memfds{device: status.Dev, checked: true}
}

// open opens a memfd of that name (as links have it; "" = any) that is sealed against shrinking, growing and unsealing,
// and has at least size bytes. It returns the file and its inode number.
func (m memfds) open(path, name string, flags int, size int64) (*os.File, uint64, error) {
	handle, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = unix.Close(handle) }()
	self := fmt.Sprintf("/proc/self/fd/%d", handle)
	if now, err := os.Readlink(self); name != "" && (err != nil || now != name) {
		return nil, 0, errMoved
	}
	if !m.holds(handle) {
		return nil, 0, errNotOurs
	}
	fd, err := unix.Open(self, flags|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	inode, err := inspect(fd, size)
	if err != nil {
		_ = unix.Close(fd)
		return nil, 0, err
	}
	return os.NewFile(uintptr(fd), path), inode, nil
}

// holds tells whether an O_PATH descriptor is where memfds are.
func (m memfds) holds(handle int) bool {
	var s unix.Statx_t
	if err := unix.Statx(handle, "", unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, unix.STATX_TYPE, &s); err != nil {
		return false
	}
	return s.Mode&unix.S_IFMT == unix.S_IFREG &&
		(!m.checked || unix.Mkdev(s.Dev_major, s.Dev_minor) == m.device)
}

func inspect(fd int, size int64) (inode uint64, err error) {
	const sealed = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	seals, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0)
	if err != nil {
		return 0, errNotOurs
	}
	if seals&sealed != sealed {
		return 0, errUnsealed
	}
	var status unix.Stat_t
	if err := unix.Fstat(fd, &status); err != nil {
		return 0, err
	}
	if status.Size < size {
		return 0, fmt.Errorf("it is cut off: %d of %d bytes", status.Size, size)
	}
	return status.Ino, nil
}
