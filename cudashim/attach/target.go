package attach

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// target is a process that could be entered. Everything it tells is checked:
// it may lie, and then harms itself only.
type target struct {
	pid      int
	inner    int // its pid as it knows itself
	start    uint64
	name     string
	uid, gid int // effective
	modules  []*module
	runtime  *module // that has Python in it
	python   version
}

// version is Python's: 3.14 is {3, 14}; the zero value is not known.
type version struct{ major, minor int }

func (v version) words() string {
	if v.major == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d", v.major, v.minor)
}

func look(pid int) (*target, error) {
	t := &target{pid: pid, inner: pid}
	state, err := t.read()
	if err != nil {
		return nil, err
	}
	if already, err := t.instrumented(); err != nil {
		return nil, t.denied()
	} else if already {
		return nil, &Error{Already: true, Permitted: true, message: fmt.Sprintf("%d is instrumented already: watch it with gpufragtop -p %d", pid, pid)}
	}
	if err := t.stands(state); err != nil {
		return nil, err
	}
	if err := t.readModules(); err != nil {
		return nil, err
	}
	return t, t.findPython()
}

// read reads whose the pid is, and its state.
func (t *target) read() (state byte, err error) {
	stat, err := readSome(t.path("stat"), 4<<10)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return 0, refuse("there is no process %d", t.pid)
	}
	if err != nil {
		return 0, refuse("%v", err)
	}
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	fields := strings.Fields(stat[end+1:])
	if open < 0 || end < open || len(fields) < 20 {
		return 0, refuse("/proc/%d/stat has an unknown form", t.pid)
	}
	t.name = text.Clean(stat[open+1:end], 32)
	t.start, _ = strconv.ParseUint(fields[19], 10, 64)
	status, err := readSome(t.path("status"), 16<<10)
	if err != nil {
		return 0, refuse("%v", err)
	}
	for line := range strings.Lines(status) {
		key, rest, _ := strings.Cut(line, ":")
		values := strings.Fields(rest)
		if len(values) == 0 {
			continue
		}
		number := func(i int) int { n, _ := strconv.Atoi(values[min(i, len(values)-1)]); return n }
		switch key {
		case "Uid":
			t.uid = number(1)
		case "Gid":
			t.gid = number(1)
		case "NSpid":
			t.inner = number(len(values) - 1)
		case "TracerPid":
			if number(0) != 0 {
				return 0, refuse("%d is held by a debugger or tracer already (pid %d)", t.pid, number(0))
			}
		case "x86_Thread_features":
			if strings.Contains(rest, "shstk") {
				return 0, refuse("%d has a shadow stack, which forbids what this would do: start it with gpufragtop run", t.pid)
			}
		}
	}
	return fields[0][0], nil
}

func (t *target) stands(state byte) error {
	switch state {
	case 'Z', 'X':
		return refuse("%d has ended", t.pid)
	case 'T', 't':
		return refuse("%d is stopped, by a signal or a debugger, and stays as it is: let it go on first (kill -CONT %d)", t.pid, t.pid)
	}
	return nil
}

// same tells whether the pid still belongs to the process that was looked at,
// and that it is not stopped.
func (t *target) same() error {
	now := &target{pid: t.pid}
	state, err := now.read()
	if err != nil {
		return err
	}
	if now.start != t.start {
		return refuse("pid %d belongs to another process now", t.pid)
	}
	return t.stands(state)
}

func (t *target) path(name string) string { return filepath.Join("/proc", strconv.Itoa(t.pid), name) }

// instrumented tells whether the process has a page of its own.
func (t *target) instrumented() (bool, error) {
	dir, err := os.Open(t.path("fd"))
	if err != nil {
		return false, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	for _, name := range names {
		link := t.path("fd/" + name)
		if to, _ := os.Readlink(link); strings.HasPrefix(to, "/memfd:"+page.PageName+" ") && t.owns(link) {
			return true, nil
		}
	}
	return false, err
}

// owns tells whether a page is the process's, and not one that a fork child has
// from its parent.
func (t *target) owns(path string) bool {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer file.Close()
	b := make([]byte, page.HeaderSize)
	n, _ := file.ReadAt(b, 0)
	h, err := page.DecodeHeader(b[:n])
	return err == nil && int(h.PID) == t.inner && h.StartTicks == t.start
}

// findPython finds the interpreter among what is mapped, and refuses processes
// that the shim cannot live in.
func (t *target) findPython() error {
	libc := false
	for _, m := range t.modules {
		base := filepath.Base(m.path)
		switch {
		case strings.HasPrefix(base, "ld-musl"):
			return refuse("%d is linked with musl: the shim needs glibc", t.pid)
		case strings.HasPrefix(base, "libc.so.6") || strings.HasPrefix(base, "libc-2."):
			libc = true
		}
	}
	main, err := elf.Open(t.path("exe"))
	if err != nil {
		return refuse("the program of %d cannot be read: %v", t.pid, err)
	}
	defer main.Close()
	if main.Class != elf.ELFCLASS64 {
		return refuse("%d is a 32-bit program, and the shim is not", t.pid)
	}
	if !libc {
		return refuse("%d is statically linked: no library can be brought into it", t.pid)
	}
	for _, m := range t.modules {
		if base := filepath.Base(m.path); !m.main && !strings.HasPrefix(base, "libpython3") && !strings.HasPrefix(base, "python3") {
			continue
		}
		if err := m.open(t); err == nil && m.symbols["Py_AddPendingCall"] != 0 {
			t.runtime, t.python = m, t.versionOf(m)
			break
		}
	}
	switch {
	case t.runtime == nil:
		return refuse("there is no Python in %d (%s): a running program of another kind has no moment at which a library can be brought in safely; start it with gpufragtop run", t.pid, t.name)
	case t.python.major == 3 && t.python.minor < 8:
		return refuse("%d runs Python %s, and the shim needs 3.8 or newer", t.pid, t.python.words())
	}
	return nil
}

// versionOf tells Python's version, by what it says itself since 3.11, else by its file's name.
func (t *target) versionOf(m *module) version {
	if at := m.symbols["Py_Version"]; at != 0 {
		if hex, err := t.word(at); err == nil && hex>>24 == 3 && hex>>32 == 0 {
			return version{3, int(hex >> 16 & 0xff)}
		}
	}
	_, after, found := strings.Cut(filepath.Base(m.path), "python3.")
	digits := after[:len(after)-len(strings.TrimLeft(after, "0123456789"))]
	if minor, err := strconv.Atoi(digits); found && err == nil {
		return version{3, minor}
	}
	return version{}
}

// readSome reads a file of /proc, up to a bound.
func readSome(path string, most int) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	b := make([]byte, most)
	n := 0
	for n < most {
		k, err := file.Read(b[n:])
		n += k
		if err != nil || k == 0 {
			break
		}
	}
	return string(b[:n]), nil
}
