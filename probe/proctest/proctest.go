// Package proctest makes proc file systems for the tests of what reads them.
package proctest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Proc is a proc file system of our own making.
type Proc struct {
	Root string
	t    testing.TB
}

// New makes an empty one. On the host, as against in a container, the kernel's
// threads are seen.
func New(t testing.TB, host bool) Proc {
	p := Proc{t.TempDir(), t}
	if host {
		p.Write(2, "comm", "kthreadd\n")
	}
	return p
}

// Write writes one file of a process.
func (p Proc) Write(pid int, name, content string) {
	p.t.Helper()
	path := filepath.Join(p.Root, strconv.Itoa(pid), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// Add makes a process of root with the given start time, which is 12 in its
// own PID namespace.
func (p Proc) Add(pid int, start uint64, args ...string) {
	p.t.Helper()
	p.Write(pid, "stat", Stat(pid, "python (x) y", 'S', start))
	p.Write(pid, "status", fmt.Sprintf("Name:\tpython\nState:\tS (sleeping)\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nNSpid:\t%d\t12\n", pid))
	p.Write(pid, "cmdline", strings.Join(args, "\x00")+"\x00")
}

// Stat is the text of /proc/PID/stat.
func Stat(pid int, name string, state byte, start uint64) string {
	return fmt.Sprintf("%d (%s) %c 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 %d 20 21\n", pid, name, state, start)
}

// MapsLine is one line of /proc/PID/maps.
func MapsLine(path string) string { return "7f00-7f10 r--p 00000000 fe:00 123    " + path + "\n" }
