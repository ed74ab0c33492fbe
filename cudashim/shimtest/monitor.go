// Package shimtest watches instrumented processes in tests.
package shimtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
)

// Owner is who holds slot 0 of the command page after Watch.
const Owner = 42

// Monitor is a minimal one: it opens the two files of an instrumented process and asks.
type Monitor struct {
	Page    *os.File // opened for reading
	cmdFile *os.File
	mapped  []byte
	Cmd     *page.Cmd
}

// Memfd finds a process's memfd of this name; "" when it has none.
func Memfd(pid int, name string) string {
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, link := range links {
		if to, _ := os.Readlink(link); strings.HasPrefix(to, "/memfd:"+name+" ") {
			return link
		}
	}
	return ""
}

// Open waits for the pages of a process and opens them, until the test ends.
func Open(t *testing.T, pid int) *Monitor {
	t.Helper()
	open := func(name string, flags int) *os.File {
		var file *os.File
		Eventually(t, name, func() bool {
			var err error
			file, err = os.OpenFile(Memfd(pid, name), flags, 0)
			return err == nil
		})
		t.Cleanup(func() { file.Close() })
		return file
	}
	m := &Monitor{Page: open(page.PageName, os.O_RDONLY), cmdFile: open(page.CmdName, os.O_RDWR)}
	var err error
	m.mapped, err = unix.Mmap(int(m.cmdFile.Fd()), 0, page.CmdSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(m.mapped) })
	Eventually(t, "the command page's magic", func() bool {
		m.Cmd, err = page.OpenCmd(m.mapped)
		return err == nil
	})
	return m
}

// Now is the present in the page's clock.
func Now(t *testing.T) page.Instant {
	t.Helper()
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &at); err != nil {
		t.Fatal(err)
	}
	return page.Instant(at.Nano())
}

// Wake wakes the agent.
func (m *Monitor) Wake(t *testing.T) {
	t.Helper()
	const futexWake = 1
	word := m.Cmd.WakeWord()
	*word++
	if _, _, errno := unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWake, 1, 0, 0, 0); errno != 0 {
		t.Fatal(errno)
	}
}

// Watch asks for counters and walks, for some seconds.
func (m *Monitor) Watch(t *testing.T) {
	t.Helper()
	slot := m.Cmd.Slot(0)
	slot.Claim(Owner, Now(t))
	slot.Watch(Now(t).Add(4 * time.Second))
	m.Wake(t)
}

// Header reads the header.
func (m *Monitor) Header(t *testing.T) page.Header {
	t.Helper()
	b := make([]byte, page.HeaderSize)
	if _, err := m.Page.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	h, err := page.DecodeHeader(b)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Counters waits for counters and reads them.
func (m *Monitor) Counters(t *testing.T) page.Counters {
	t.Helper()
	var counters page.Counters
	Eventually(t, "counters", func() bool {
		seq := m.Header(t).CountersSeq
		if seq == 0 {
			return false
		}
		b := make([]byte, page.CountersSlotSize)
		if _, err := m.Page.ReadAt(b, page.CountersOffset(seq)); err != nil {
			t.Fatal(err)
		}
		var err error
		counters, err = page.DecodeCounters(b)
		return err == nil
	})
	return counters
}

// Answer waits for the answer to a request.
func (m *Monitor) Answer(t *testing.T, slot int, id uint64) page.Answer {
	t.Helper()
	var answer page.Answer
	Eventually(t, "an answer", func() bool {
		b := make([]byte, page.AnswerSize)
		if _, err := m.Page.ReadAt(b, page.AnswerOffset(slot)); err != nil {
			t.Fatal(err)
		}
		var err error
		answer, err = page.DecodeAnswer(b, id)
		return err == nil
	})
	return answer
}

// AgentRuns is how often the agent thread has been scheduled.
func AgentRuns(t *testing.T, pid int) string {
	t.Helper()
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	for _, task := range tasks {
		if name, _ := os.ReadFile(task + "/comm"); string(name) == "gpufragtop\n" {
			stat, err := os.ReadFile(task + "/schedstat")
			if err != nil {
				t.Fatal(err)
			}
			fields := strings.Fields(string(stat))
			return fields[0] + " ns in " + fields[2] + " turns"
		}
	}
	t.Fatal("there is no agent thread")
	return ""
}

// Eventually waits for what the agent will do soon.
func Eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came: %s", what)
		}
	}
}

// Walk waits for a walk that is not older than after and reads it.
func (m *Monitor) Walk(t *testing.T, after page.Instant) page.Walk {
	t.Helper()
	var walk page.Walk
	Eventually(t, "a walk", func() bool {
		seq := m.Header(t).WalkSeq
		if seq == 0 {
			return false
		}
		b := make([]byte, page.WalkSlotSize)
		n, _ := m.Page.ReadAt(b, page.WalkOffset(seq))
		var err error
		walk, err = page.DecodeWalk(b[:n])
		return err == nil && walk.TakenAt >= after
	})
	return walk
}
