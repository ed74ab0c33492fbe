package procs

import (
	"io"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Bounds of what is read of one process, in bytes.
const (
	maxStat    = 1 << 10
	maxCommand = 4 << 10
	maxStatus  = 16 << 10
	maxEnviron = 128 << 10
	maxGroups  = 64 << 10
	maxMaps    = 4 << 20
	maxFDs     = 4096
)

func (r *Reader) path(pid int, name string) string {
	return filepath.Join(r.root, strconv.Itoa(pid), name)
}

// open opens a file without waiting for anybody on its other side.
func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
}

// read returns at most limit bytes of a file of a process.
func (r *Reader) read(pid int, name string, limit int64) ([]byte, error) {
	f, err := open(r.path(pid, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}
