//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// metered is a program on a pty of 120×40 that takes what is written at once
// and notes when how much came.
type metered struct {
	t       *testing.T
	command *exec.Cmd
	began   time.Time
	readers sync.WaitGroup

	mu     sync.Mutex
	text   []byte
	bursts []burst
	first  time.Duration // from exec until marker had been written; 0 = not yet
}

// burst is what came with no longer pause than burstGap in between.
type burst struct {
	began, ended time.Time
	bytes        int
}

// burstGap is far longer than the writing of one frame takes, and far shorter
// than the second between two frames.
const burstGap = 300 * time.Millisecond

// meter starts a program. marker is text that its first whole frame has and
// nothing before it.
func meter(t *testing.T, env []string, marker string, argv ...string) *metered {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: 120, Rows: 40}); err != nil {
		t.Fatal(err)
	}
	m := &metered{t: t, command: exec.Command(argv[0], argv[1:]...)}
	m.command.Env = append(cleanEnv(), env...)
	m.command.Stdin, m.command.Stdout, m.command.Stderr = slave, slave, slave
	m.command.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true}
	m.began = time.Now()
	if err := m.command.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	m.readers.Go(func() {
		buffer := make([]byte, 64<<10)
		for {
			n, err := master.Read(buffer)
			if n > 0 {
				m.took(buffer[:n], marker)
			}
			if err != nil {
				master.Close()
				return
			}
		}
	})
	t.Cleanup(m.end)
	return m
}

func (m *metered) took(data []byte, marker string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.first == 0 {
		if m.text = append(m.text, data...); bytes.Contains(m.text, []byte(marker)) {
			m.first = now.Sub(m.began)
		}
	}
	if last := len(m.bursts) - 1; last >= 0 && now.Sub(m.bursts[last].ended) < burstGap {
		m.bursts[last].ended = now
		m.bursts[last].bytes += len(data)
		return
	}
	m.bursts = append(m.bursts, burst{now, now, len(data)})
}

// end ends the program, if it still runs.
func (m *metered) end() {
	if m.command.ProcessState == nil {
		_ = m.command.Process.Kill()
		_ = m.command.Wait()
		m.readers.Wait()
	}
}

// shown waits for the first whole frame and tells how long it took from exec.
func (m *metered) shown() time.Duration {
	m.t.Helper()
	for deadline := time.Now().Add(hang); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		m.mu.Lock()
		first := m.first
		m.mu.Unlock()
		if first != 0 {
			return first
		}
	}
	m.t.Fatalf("%v never showed its first frame: %q", m.command.Args, tail(string(m.text), 2000))
	return 0
}

// cpu is the processor time of all threads so far, also of those that have ended.
func (m *metered) cpu() time.Duration {
	m.t.Helper()
	const schedulerClock = 2 // CPUCLOCK_SCHED of the kernel: see clock_getcpuclockid(3)
	var at unix.Timespec
	if err := unix.ClockGettime(int32(^m.command.Process.Pid<<3|schedulerClock), &at); err != nil {
		m.t.Fatal(err)
	}
	return time.Duration(at.Nano())
}

// peak is the most memory that was resident, in bytes.
func (m *metered) peak() int64 {
	m.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.command.Process.Pid))
	if err != nil {
		m.t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				m.t.Fatal(err)
			}
			return kib << 10
		}
	}
	m.t.Fatal("no VmHWM")
	return 0
}

// since are the bursts that began after a moment.
func (m *metered) since(at time.Time) []int {
	m.mu.Lock()
	defer m.mu.Unlock()
	var sizes []int
	for _, b := range m.bursts {
		if b.began.After(at) {
			sizes = append(sizes, b.bytes)
		}
	}
	return sizes
}

// median is that of at least one value.
func median[T int | int64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
