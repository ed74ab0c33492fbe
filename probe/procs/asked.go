package procs

import (
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// mostAsked is how many known processes are asked for their stat in one
	// sample. Where there are more, they take turns; of the others only endings
	// are told, or, where the kernel does not tell them, the inode is looked at: it
	// says whether the PID is still theirs.
	mostAsked = 512
	// mostKept bounds the descriptors that are kept open: a quarter of
	// what a process may have open where nobody has set anything.
	mostKept = 256
)

// asked decides which processes are asked at a sample. On anything but a proc
// file system of the kernel's, all are, and no file is kept.
type asked struct {
	proc int // descriptor of the folder; -1 = it is not the kernel's
	turn int
	kept int // descriptors
	most int // of them
	endings
}

// statFile is what is kept of a process: its stat, opened, and the inode of its
// folder, which is another one where the PID was given to another process.
type statFile struct {
	kept  bool
	fd    int    // where it is kept
	inode uint64 // 0 = not known
}

// mayKeep is how many descriptors may be kept open here.
func mayKeep() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return mostKept
	}
	return int(min(limit.Cur/4, mostKept))
}

func newAsked(root string) asked {
	var s unix.Statfs_t
	if unix.Statfs(root, &s) != nil || s.Type != unix.PROC_SUPER_MAGIC {
		return asked{proc: -1, endings: endings{epoll: -1}}
	}
	fd, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return asked{proc: -1, endings: endings{epoll: -1}}
	}
	return asked{proc: fd, most: mayKeep(), endings: newEndings(root)}
}

// turns tells which of so many processes have their turn in this sample.
func (a *asked) turns(of int) func(i int) bool {
	if of <= mostAsked {
		return func(int) bool { return true }
	}
	first := a.turn % of
	a.turn = first + mostAsked
	return func(i int) bool { return (i-first+of)%of < mostAsked }
}

// begin notes who has the PID before its stat is opened.
func (a *asked) begin(pid int) statFile {
	if !a.runs(pid) {
		a.watch(pid)
	}
	return statFile{inode: a.inode(pid)}
}

// keep keeps the descriptor, if there is room.
func (a *asked) keep(fd int, file *statFile) bool {
	if a.proc < 0 || a.kept >= a.most {
		return false
	}
	a.kept++
	file.kept, file.fd = true, fd
	return true
}

func (a *asked) close(file *statFile) {
	if file.kept {
		unix.Close(file.fd)
		a.kept--
		*file = statFile{}
	}
}

// same tells whether the PID is still of the process that it was of.
func (a *asked) same(pid int, file *statFile) bool {
	return a.runs(pid) || file.inode != 0 && a.inode(pid) == file.inode
}

func (a *asked) inode(pid int) uint64 {
	var s unix.Stat_t
	if a.proc < 0 || unix.Fstatat(a.proc, strconv.Itoa(pid), &s, 0) != nil {
		return 0
	}
	return s.Ino
}

func (a *asked) end() {
	a.endings.end()
	if a.proc >= 0 {
		unix.Close(a.proc)
		a.proc = -1
	}
}
