package attach

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// running makes sure that no thread of the process stands still. The kernel has
// let it go; this is the look that says so.
func (t *target) running() error {
	var still string
	for range 100 {
		if still = t.still(); still == "" {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return refuse("thread %s of %d stands still: by a signal or a debugger that came meanwhile; kill -CONT %d lets it go on", still, t.pid, t.pid)
}

// still names a thread that is stopped or traced; empty if there is none.
func (t *target) still() string {
	tasks, _ := os.ReadDir(t.path("task"))
	for _, task := range tasks {
		stat, err := readSome(t.path("task/"+task.Name()+"/stat"), 4<<10)
		if err != nil {
			continue
		}
		if state := strings.TrimLeft(stat[strings.LastIndexByte(stat, ')')+1:], " "); state != "" && strings.ContainsAny(state[:1], "tT") {
			return task.Name()
		}
	}
	return ""
}

// alive is the error of a process that has ended meanwhile.
func (t *target) alive() error {
	now := &target{pid: t.pid}
	state, err := now.read()
	if err == nil && (now.start != t.start || state == 'Z' || state == 'X') {
		err = unix.ESRCH
	}
	if err != nil {
		return t.gone(err)
	}
	return nil
}

func (t *target) gone(err error) error {
	if errors.Is(err, unix.ESRCH) || errors.Is(err, fs.ErrNotExist) {
		return refuse("%d has ended meanwhile", t.pid)
	}
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	return refuse("%d: %v", t.pid, err)
}

// parseRange reads the beginning of a line of /proc/PID/maps.
func parseRange(line string) (m mapping, ok bool) {
	span, rest, _ := strings.Cut(line, " ")
	from, to, _ := strings.Cut(span, "-")
	var errs [2]error
	m.start, errs[0] = strconv.ParseUint(from, 16, 64)
	m.end, errs[1] = strconv.ParseUint(to, 16, 64)
	m.perms = rest
	return m, errs[0] == nil && errs[1] == nil
}
