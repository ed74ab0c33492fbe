package agents

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// proc reads the few files of a proc file system that tell whose a page is.
type proc struct{ root string }

func (p proc) path(pid int, name string) string {
	return p.root + "/" + strconv.Itoa(pid) + "/" + name
}

// identify returns who has the pid now, and the letter of the process's state.
// A zombie counts as ended: it has no memory left.
func (p proc) identify(pid int) (id fragcalc.ProcessID, state byte, err error) {
	data, err := readSmall(p.path(pid, "stat"))
	if err != nil {
		return id, 0, err
	}
	// The name in parentheses may hold anything, parentheses included.
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	if len(fields) < 20 {
		return id, 0, fmt.Errorf("/proc/%d/stat has an unknown form", pid)
	}
	ticks, err := strconv.ParseUint(string(fields[19]), 10, 64)
	if err != nil {
		return id, 0, fmt.Errorf("/proc/%d/stat has an unknown form: %w", pid, err)
	}
	state = fields[0][0]
	if state == 'Z' || state == 'X' {
		return id, state, os.ErrNotExist
	}
	return fragcalc.ProcessID{PID: pid, StartTicks: ticks}, state, nil
}

// innerPID is the process's pid as it knows itself: the last one of NSpid.
func (p proc) innerPID(pid int) (int, error) {
	data, err := readSmall(p.path(pid, "status"))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(data) {
		if pids, ok := bytes.CutPrefix(line, []byte("NSpid:")); ok {
			if fields := bytes.Fields(pids); len(fields) > 0 {
				return strconv.Atoi(string(fields[len(fields)-1]))
			}
		}
	}
	return pid, nil // a kernel without PID namespaces
}

// all lists the processes, in no order.
func (p proc) all() ([]int, error) {
	dir, err := os.Open(p.root)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids, err
}

// readSmall reads at most 8 KiB, more than the parts that are needed have.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, 8<<10)
	n, err := io.ReadFull(f, data)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return slices.Clip(data[:n]), nil
}
