package agents

import (
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
)

// links are the descriptors of a process that have the names of our memfds.
// There can be several: a forked child has its parent's besides its own.
type links struct{ pages, cmds, traces []string }

// Names of the links, as the kernel writes them.
const (
	pageLink = "/memfd:" + page.PageName + " (deleted)"
	cmdLink  = "/memfd:" + page.CmdName + " (deleted)"
	// A trace is there only while it is being delivered.
	traceLink = "/memfd:" + page.TraceName + " (deleted)"
)

// mostLinks bounds what a process can make us open.
const mostLinks = 16

// lookLimit is about the most time one look at a process's descriptors takes.
const lookLimit = 20 * time.Millisecond

// findLinks looks through the descriptors of a process, from number from on.
// next is where to go on where there was no time for all, else 0.
func (p proc) findLinks(pid, from int) (found links, next int, err error) {
	folder := p.path(pid, "fd")
	dir, err := os.Open(folder)
	if err != nil {
		return links{}, 0, err
	}
	defer dir.Close()
	if from > 0 {
		if _, err := dir.Seek(int64(from)+2, 0); err != nil { // "." and ".." come first
			return links{}, 0, err
		}
	}
	begun := time.Now()
	for {
		names, _ := dir.Readdirnames(256)
		if len(names) == 0 {
			return found, 0, nil
		}
		for _, name := range names {
			path := filepath.Join(folder, name)
			switch target, _ := os.Readlink(path); {
			case target == pageLink && len(found.pages) < mostLinks:
				found.pages = append(found.pages, path)
			case target == cmdLink && len(found.cmds) < mostLinks:
				found.cmds = append(found.cmds, path)
			case target == traceLink && len(found.traces) < mostLinks:
				found.traces = append(found.traces, path)
			}
		}
		// The two of a pair lie side by side: better not to part them.
		late, parted := time.Since(begun), len(found.pages) != len(found.cmds)
		if last, err := strconv.Atoi(names[len(names)-1]); err == nil && (late > lookLimit && !parted || late > 2*lookLimit) {
			return found, last + 1, nil
		}
	}
}

// descriptors say which process has how many of them, without a look at any.
type descriptors struct {
	inode uint64 // of the folder, which is another one where the PID was given away again
	count int64
}

// countsDescriptors tells whether the size of /proc/PID/fd is the number of
// descriptors, as it is from Linux 6.2 on.
func (p proc) countsDescriptors() bool {
	var s unix.Statfs_t
	own, ok := p.descriptors(os.Getpid())
	return p.root == "/proc" && unix.Statfs(p.root, &s) == nil && s.Type == unix.PROC_SUPER_MAGIC && ok && own.count > 0
}

func (p proc) descriptors(pid int) (descriptors, bool) {
	var s unix.Stat_t
	if err := unix.Stat(p.path(pid, "fd"), &s); err != nil {
		return descriptors{}, false
	}
	return descriptors{s.Ino, s.Size}, true
}
