package attach

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// folders are where a file may be put in another process's file system.
var folders = []string{"tmp", "var/tmp", "dev/shm"}

// place is the path of the shim as the process sees it. clean removes what was
// put there for it: the library stays mapped without its file.
func (t *target) place(library []byte, allowed bool) (path string, clean func(), err error) {
	clean = func() {}
	shim, err := cudashim.Unpack()
	if err == nil && t.sees(shim, library) {
		return shim, clean, nil
	}
	if len(library) == 0 {
		return "", clean, refuse("there is no shim for this machine yet")
	}
	if !allowed {
		where := shim
		if err != nil {
			where = err.Error()
		}
		return "", clean, refuse("%d does not see the shim (%s): it has a file system or a user of its own; with --copy it is put into its /tmp, where it is removed again when it has been loaded", t.pid, where)
	}
	file, err := t.create("gpufragtop-*.so", 0o755)
	if err != nil {
		return "", clean, err
	}
	if err := file.write(library); err != nil {
		file.remove()
		return "", clean, err
	}
	return file.inside, file.remove, nil
}

// sees tells whether the process finds this very library under a path of ours,
// and may read it.
func (t *target) sees(path string, library []byte) bool {
	root := t.path("root")
	for i := 1; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		info, err := os.Stat(root + path[:i])
		if err != nil || !t.may(info, i < len(path)) {
			return false
		}
	}
	file, err := os.OpenFile(root+path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, int64(len(library))+1))
	return err == nil && bytes.Equal(content, library)
}

// may tells whether the process's user may read a file, or go through a folder.
func (t *target) may(info fs.FileInfo, folder bool) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || info.IsDir() != folder {
		return false
	}
	bit := uint32(4)
	if folder {
		bit = 1
	}
	mode := stat.Mode
	switch {
	case t.uid == 0:
		return true
	case int(stat.Uid) == t.uid:
		return mode>>6&bit != 0
	case int(stat.Gid) == t.gid:
		return mode>>3&bit != 0
	}
	return mode&bit != 0
}

// placed is a file of ours in the process's file system.
type placed struct {
	target *target
	folder int // open; the folder may be moved, the file is removed all the same
	name   string
	inside string // its path there
	file   *os.File
}

// create makes a file there, which belongs to the process's user if the mode
// lets nobody else read it. The process may have laid links: none is followed.
func (t *target) create(pattern string, mode uint32) (*placed, error) {
	root, err := unix.Open(t.path("root"), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, t.denied()
	}
	defer unix.Close(root)
	var number [8]byte
	_, _ = rand.Read(number[:])
	name := strings.Replace(pattern, "*", hex.EncodeToString(number[:]), 1)
	var last error
	for _, folder := range folders {
		dir, err := unix.Openat2(root, folder, &unix.OpenHow{Flags: unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC,
			Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS})
		if err != nil {
			last = err
			continue
		}
		var mount unix.Statfs_t
		if err := unix.Fstatfs(dir, &mount); err == nil && mount.Flags&unix.ST_NOEXEC != 0 && mode&0o111 != 0 {
			last = errors.New("its /" + folder + " is mounted noexec")
			unix.Close(dir)
			continue
		}
		fd, err := unix.Openat(dir, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, mode)
		if err != nil {
			last = err
			unix.Close(dir)
			continue
		}
		p := &placed{target: t, folder: dir, name: name, inside: "/" + folder + "/" + name, file: os.NewFile(uintptr(fd), name)}
		err = unix.Fchmod(fd, mode) // whatever the umask
		if err == nil && mode&0o044 == 0 && os.Geteuid() != t.uid {
			err = unix.Fchown(fd, t.uid, t.gid)
		}
		if err == nil {
			return p, nil
		}
		last = err
		p.remove()
	}
	return nil, refuse("nothing can be put into the file system of %d: %v", t.pid, last)
}

func (p *placed) write(content []byte) error {
	if _, err := p.file.WriteAt(content, 0); err != nil {
		return refuse("nothing can be put into the file system of %d: %v", p.target.pid, err)
	}
	return nil
}

// read is what the file says now, as far as an answer may be long.
func (p *placed) read() string {
	b := make([]byte, 512)
	n, _ := p.file.ReadAt(b, 0)
	return string(b[:n])
}

func (p *placed) remove() {
	_ = unix.Unlinkat(p.folder, p.name, 0)
	unix.Close(p.folder)
	p.file.Close()
}

func clean(s string) string { return text.Clean(s, 200) }
