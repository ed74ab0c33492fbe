package procs

import (
	"path/filepath"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// deepest bounds the way up from a process to its ancestors.
const deepest = 256

// Tree is a process and its descendants. A descendant stays one when its
// parents end, if it was asked about before they did.
type Tree struct {
	root string // of /proc
	top  int
	in   map[fragcalc.ProcessID]bool
}

// NewTree returns the tree of a process, by its PID. The PID must not be
// reused while the tree is in use: the process is a child that has not been
// waited for. procRoot is where /proc is; empty = /proc.
func NewTree(procRoot string, top int) *Tree {
	if procRoot == "" {
		procRoot = "/proc"
	}
	return &Tree{root: procRoot, top: top, in: map[fragcalc.ProcessID]bool{}}
}

// Has tells whether a process is the top of the tree or a descendant of it.
func (t *Tree) Has(id fragcalc.ProcessID) bool {
	if t.in[id] {
		return true
	}
	pid := id.PID
	for range deepest {
		if pid == t.top {
			t.in[id] = true
			return true
		}
		s, err := t.stat(pid)
		if err != nil || pid == id.PID && s.StartTicks != id.StartTicks {
			return false
		}
		if t.in[s.ProcessID] {
			t.in[id] = true
			return true
		}
		if pid = s.parent; pid <= 1 && t.top > 1 {
			return false
		}
	}
	return false
}

func (t *Tree) stat(pid int) (stat, error) {
	f, err := open(filepath.Join(t.root, strconv.Itoa(pid), "stat"))
	if err != nil {
		return stat{}, err
	}
	defer f.Close()
	var b [maxStat]byte
	n, err := f.Read(b[:])
	if err != nil {
		return stat{}, err
	}
	return parseStat(pid, b[:n])
}
