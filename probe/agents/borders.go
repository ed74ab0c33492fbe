package agents

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// What this monitor lacks where the kernel does not let it look into a process.
const (
	OtherUser = "other user: needs root or CAP_SYS_PTRACE"
	Hidden    = "hidden by /proc (hidepid): needs root or CAP_SYS_PTRACE"
	// Protected is a process of the monitor's own user all the same.
	Protected = "its user may not look into it (it is not dumpable, or has more rights): needs root or CAP_SYS_PTRACE"
)

// owns tells whether a page is that of the process in whose descriptors it was
// found. A forked child has its parent's; in a PID namespace of its own it can
// have its parent's number as well.
func (p proc) owns(h page.Header, id fragcalc.ProcessID, inner int) bool {
	if int(h.PID) != inner {
		return false
	}
	if h.PIDNamespace != 0 {
		if namespace, err := p.namespace(id.PID, "pid"); err == nil && namespace != h.PIDNamespace {
			return false
		}
	}
	if h.StartTicks == 0 { // there is no /proc in its root: its agent's thread must do
		return p.hasAgent(id.PID)
	}
	return h.StartTicks == id.StartTicks
}

// namespace is the inode of a process's namespace of a kind: "pid", "user".
func (p proc) namespace(pid int, kind string) (uint64, error) {
	link, err := os.Readlink(p.path(pid, "ns/"+kind))
	if err != nil {
		return 0, err
	}
	_, inode, found := strings.Cut(strings.TrimSuffix(link, "]"), ":[")
	if !found {
		return 0, fmt.Errorf("/proc/%d/ns/%s has an unknown form", pid, kind)
	}
	return strconv.ParseUint(inode, 10, 64)
}

// deny is what the kernel's refusal to look into a process means.
func (p proc) deny(pid int) string {
	if uid, err := p.user(pid); err == nil && uid == uint64(os.Geteuid()) {
		return Protected
	}
	return OtherUser
}

// hides tells whether a process that /proc does not show is there all the
// same: signals tell, but only in the PID namespace that we are in.
func (p proc) hides(pid int) bool {
	return p.root == "/proc" && errors.Is(unix.Kill(pid, 0), unix.EPERM)
}

// user is the process's effective user, as numbered in our user namespace.
func (p proc) user(pid int) (uint64, error) {
	status, err := readSmall(p.path(pid, "status"))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		if numbers, ok := bytes.CutPrefix(line, []byte("Uid:")); ok {
			if fields := bytes.Fields(numbers); len(fields) >= 2 {
				return strconv.ParseUint(string(fields[1]), 10, 32)
			}
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has an unknown form", pid)
}

// nobody says why a process is looked at and never asked for anything, although
// the kernel would let us: its user has no number in the user namespace that it
// runs in, so that it cannot tell itself for whom it runs. Empty for all others.
// (One whose user has no number in ours shows us nothing: the kernel sees to it.)
func (p proc) nobody(pid int) string {
	uid, err := p.user(pid)
	if err != nil {
		return "read-only: its user cannot be told (" + err.Error() + ")"
	}
	ours, err := proc{"/proc"}.namespace(os.Getpid(), "user")
	theirs, theirErr := p.namespace(pid, "user")
	if err != nil || theirErr != nil || ours == theirs {
		return ""
	}
	if !idMap(p.path(pid, "uid_map")).knows(uid) {
		return "read-only: its user has no number in the user namespace that it runs in"
	}
	return ""
}

// mappedIDs are the ranges of a user namespace: first number inside, first
// number outside, how many.
type mappedIDs [][3]uint64

func idMap(path string) mappedIDs {
	text, _ := readSmall(path) // without a map nobody has a number
	var m mappedIDs
	for line := range bytes.Lines(text) {
		var r [3]uint64
		if n, err := fmt.Sscan(string(line), &r[0], &r[1], &r[2]); err == nil && n == len(r) {
			m = append(m, r)
		}
	}
	return m
}

// knows tells whether somebody outside has a number inside.
func (m mappedIDs) knows(uid uint64) bool {
	for _, r := range m {
		if uid >= r[1] && uid-r[1] < r[2] {
			return true
		}
	}
	return false
}
