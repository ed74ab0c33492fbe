package rootfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Replace puts a content in the place of a file's, whole or not at all: it is
// written beside it and takes its name. Permissions and owner stay, and a link
// to the file stays one. A file that is new belongs to its folder's owner, who
// alone can read it. Root is led nowhere by another user's link. Whoever has the
// file open goes on reading what it held.
func Replace(path string, content []byte) error {
	return replaceAs(os.Geteuid(), path, content)
}

func replaceAs(euid int, path string, content []byte) error {
	fail := func(err error) error { return &os.PathError{Op: "write", Path: path, Err: err} }
	old, err := lookAt(euid, path)
	if err != nil {
		return err
	}
	folder, err := openFolder(euid, filepath.Dir(old.path))
	if err != nil {
		return fail(err)
	}
	defer unix.Close(folder)
	if !old.exists {
		var s unix.Stat_t
		if err := unix.Fstat(folder, &s); err != nil {
			return fail(err)
		}
		old.mode, old.uid, old.gid = 0o600, int(s.Uid), int(s.Gid)
	}
	name := filepath.Base(old.path)
	beside := "." + name + "." + strconv.FormatUint(rand.Uint64(), 36) + ".new" // what was left of another stays in nobody's way
	fd, err := unix.Openat(folder, beside, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return fail(err)
	}
	err = fillAs(euid, fd, old, content)
	if err == nil {
		err = unix.Renameat(folder, beside, folder, name)
	}
	if err != nil {
		return fail(errors.Join(err, unix.Unlinkat(folder, beside, 0)))
	}
	return nil
}

// standing is a file as it stands before it is replaced.
type standing struct {
	path     string // without links
	exists   bool
	mode     uint32
	uid, gid int
}

// lookAt finds the file that a path leads to.
func lookAt(euid int, path string) (standing, error) {
	file, err := openAs(euid, path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(path); err == nil {
			return standing{}, fmt.Errorf("%s is a link to nothing: remove it", path)
		}
		return standing{path: path}, nil
	}
	if err != nil {
		return standing{}, err
	}
	defer file.Close()
	var s unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &s); err != nil {
		return standing{}, err
	}
	if s.Mode&unix.S_IFMT != unix.S_IFREG {
		return standing{}, fmt.Errorf("%s is not a regular file", path)
	}
	real, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(int(file.Fd())))
	if err != nil {
		return standing{}, err
	}
	return standing{path: real, exists: true, mode: s.Mode & 0o777, uid: int(s.Uid), gid: int(s.Gid)}, nil
}

// openFolder opens a folder for what is done in it.
func openFolder(euid int, path string) (int, error) {
	const flags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC
	if euid == 0 {
		return walk(path+"/.", flags, 0) // the last name is none of a link
	}
	return unix.Open(path, flags, 0)
}

// fillAs writes a new file, and gives it the permissions and owner of the old
// one. It closes it.
func fillAs(euid, fd int, old standing, content []byte) (err error) {
	file := os.NewFile(uintptr(fd), old.path)
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(content); err != nil {
		return err
	}
	if euid == 0 {
		if err := file.Chown(old.uid, old.gid); err != nil {
			return err
		}
	} else if old.exists {
		if err := sameOwner(fd, old); err != nil {
			return err
		}
	}
	if err := file.Chmod(os.FileMode(old.mode)); err != nil {
		return err
	}
	return file.Sync()
}

// sameOwner gives a new file the group of the old one. A file of another user's
// cannot be replaced: it would change hands.
func sameOwner(fd int, old standing) error {
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil {
		return err
	}
	if int(s.Uid) != old.uid {
		return errors.New("it is another user's, and would be yours")
	}
	if int(s.Gid) != old.gid {
		return unix.Fchown(fd, -1, old.gid)
	}
	return nil
}

// Folder makes sure that a folder exists, and those above it. What is new is its
// parent's owner's, who alone can enter it. Root is led nowhere by another
// user's link.
func Folder(path string) error {
	return folderAs(os.Geteuid(), path)
}

func folderAs(euid int, path string) error {
	if euid != 0 {
		return os.MkdirAll(path, 0o700)
	}
	fail := func(err error) error { return &os.PathError{Op: "make", Path: path, Err: err} }
	fd, err := openFolder(euid, path)
	if err == nil {
		return unix.Close(fd)
	}
	above := filepath.Dir(path)
	if !errors.Is(err, fs.ErrNotExist) || above == path {
		return fail(err)
	}
	if err := folderAs(euid, above); err != nil {
		return err
	}
	parent, err := openFolder(euid, above)
	if err != nil {
		return fail(err)
	}
	defer unix.Close(parent)
	var s unix.Stat_t
	if err := unix.Fstat(parent, &s); err != nil {
		return fail(err)
	}
	name := filepath.Base(path)
	if err := unix.Mkdirat(parent, name, 0o700); err != nil {
		return fail(err)
	}
	if err := unix.Fchownat(parent, name, int(s.Uid), int(s.Gid), unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return fail(err)
	}
	return nil
}
