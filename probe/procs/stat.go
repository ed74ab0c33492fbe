package procs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// stat is what /proc/PID/stat tells and a sample needs.
type stat struct {
	fragcalc.ProcessID
	state  byte   // as ps shows it: 'Z' for zombies, 'T' for stopped
	parent int    // its PID; 0 = none that can be seen
	name   string // at most 15 bytes, not cleaned
	ticks  uint64 // of processors, in user and kernel mode; see ticksPerSecond
	pages  int64  // resident; -1 where it is not told
}

// readStat reads the one file that is read at each sample, through the descriptor
// that is kept of a known process where there is one: it never leads to another.
// It cannot block on the process.
func (r *Reader) readStat(pid int, known *entry) (stat, statFile, error) {
	if known != nil && known.file.kept {
		if n, err := unix.Pread(known.file.fd, r.buffer[:], 0); err == nil && n > 0 {
			s, err := parseStat(pid, r.buffer[:n])
			return s, known.file, err
		}
	}
	file := r.asked.begin(pid)
	fd, err := unix.Open(r.path(pid, "stat"), unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		r.asked.forget(pid)
		return stat{}, file, err
	}
	n, err := unix.Read(fd, r.buffer[:])
	if err != nil {
		unix.Close(fd)
		r.asked.forget(pid)
		return stat{}, file, err
	}
	s, err := parseStat(pid, r.buffer[:n])
	if err != nil || !r.asked.keep(fd, &file) {
		unix.Close(fd)
	}
	if known != nil {
		r.asked.close(&known.file)
	}
	return s, file, err
}

// parseStat splits at the last parenthesis, since the name in between may
// contain any byte but zero.
func parseStat(pid int, text []byte) (stat, error) {
	from, to := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if from < 0 || to < from {
		return stat{}, errors.New("malformed stat")
	}
	s := stat{ProcessID: fragcalc.ProcessID{PID: pid}, name: string(text[from+1 : to]), pages: -1}
	field := 3 // fields are numbered from 1; the third follows the name
	for word := range bytes.FieldsSeq(text[to+1:]) {
		switch field {
		case 3:
			if len(word) != 1 {
				return stat{}, errors.New("malformed stat")
			}
			s.state = word[0]
		case 4:
			parent, err := strconv.ParseInt(string(word), 10, 32)
			if err != nil {
				return stat{}, fmt.Errorf("malformed stat: %w", err)
			}
			s.parent = int(parent)
		case 14, 15:
			ticks, err := strconv.ParseUint(string(word), 10, 64)
			if err != nil {
				return stat{}, fmt.Errorf("malformed stat: %w", err)
			}
			s.ticks += ticks
		case 22:
			var err error
			if s.StartTicks, err = strconv.ParseUint(string(word), 10, 64); err != nil {
				return stat{}, fmt.Errorf("malformed stat: %w", err)
			}
		case 24:
			pages, err := strconv.ParseInt(string(word), 10, 64)
			if err != nil {
				return stat{}, fmt.Errorf("malformed stat: %w", err)
			}
			s.pages = pages
			return s, nil
		}
		field++
	}
	if field <= 22 {
		return stat{}, errors.New("malformed stat")
	}
	return s, nil
}

// StartTicks is when a process of this PID namespace started, in clock ticks
// since boot.
func StartTicks(pid int) (uint64, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	s, err := parseStat(pid, text)
	return s.StartTicks, err
}
