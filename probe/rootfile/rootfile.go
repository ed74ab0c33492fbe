// Package rootfile opens files so that root does not step into the traps of
// other users: a link, a FIFO or a second name of a file of root's, laid where
// root is about to read or write. For everybody else it is package os.
package rootfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrTrap is the error of what root does not follow or write to.
var ErrTrap = errors.New("root does not follow it")

// mostLinks is how many links a path may lead through, as in the kernel.
const mostLinks = 40

// Open is os.OpenFile, save that for root
//   - no link of another user is followed, wherever it stands in the path;
//   - what is opened is a regular file, or something under /dev or /proc;
//   - what is written to has this name only.
func Open(path string, flags int, mode os.FileMode) (*os.File, error) {
	return openAs(os.Geteuid(), path, flags, mode)
}

func openAs(euid int, path string, flags int, mode os.FileMode) (*os.File, error) {
	if euid != 0 || strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/") {
		return os.OpenFile(path, flags, mode)
	}
	fd, err := walk(path, flags&^unix.O_TRUNC|unix.O_CLOEXEC|unix.O_NONBLOCK, uint32(mode.Perm()))
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	file := os.NewFile(uintptr(fd), path)
	if err := inspect(fd, flags); err != nil {
		file.Close()
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	if flags&unix.O_TRUNC != 0 {
		if err := file.Truncate(0); err != nil {
			file.Close()
			return nil, err
		}
	}
	return file, nil
}

// inspect looks at what has been opened.
func inspect(fd, flags int) error {
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil {
		return err
	}
	switch {
	case s.Mode&unix.S_IFMT == unix.S_IFDIR:
		return unix.EISDIR
	case s.Mode&unix.S_IFMT != unix.S_IFREG:
		return fmt.Errorf("not a regular file: %w", ErrTrap)
	case flags&unix.O_ACCMODE != unix.O_RDONLY && s.Nlink > 1:
		return fmt.Errorf("it has %d names, and may be another file: %w", s.Nlink, ErrTrap)
	}
	return nil
}

// walk opens a path one name at a time, so that nothing can be exchanged on
// the way, and resolves the links itself.
func walk(path string, flags int, mode uint32) (int, error) {
	at, err := start(path)
	if err != nil {
		return -1, err
	}
	defer func() { unix.Close(at) }()
	names, links := split(path), 0
	for len(names) > 0 {
		name, last := names[0], len(names) == 1
		if last {
			fd, err := unix.Openat(at, name, flags|unix.O_NOFOLLOW, mode)
			if !errors.Is(err, unix.ELOOP) { // with O_EXCL a link is something that exists
				return fd, err
			}
		}
		next, err := unix.Openat(at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return -1, err
		}
		target, err := readLink(next, name)
		if err != nil {
			unix.Close(next)
			return -1, err
		}
		if target == "" {
			unix.Close(at)
			at, names = next, names[1:]
			continue
		}
		unix.Close(next)
		if links++; links > mostLinks {
			return -1, unix.ELOOP
		}
		if filepath.IsAbs(target) {
			root, err := start("/")
			if err != nil {
				return -1, err
			}
			unix.Close(at)
			at = root
		}
		names = append(split(target), names[1:]...)
	}
	return -1, unix.EISDIR
}

// readLink is where a link leads that root may follow; empty for no link.
func readLink(fd int, name string) (string, error) {
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil {
		return "", err
	}
	if s.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", nil
	}
	if s.Uid != 0 {
		return "", fmt.Errorf("%s is a link of another user (uid %d): %w", name, s.Uid, ErrTrap)
	}
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buffer)
	return string(buffer[:max(n, 0)]), err
}

func start(path string) (int, error) {
	from := "."
	if filepath.IsAbs(path) {
		from = "/"
	}
	return unix.Open(from, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}

func split(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}
