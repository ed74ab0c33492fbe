// Package pagetest stands in for the shim in tests: it publishes pages in Go,
// from the test's own process or a child of it.
package pagetest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
)

// Sealed are the seals of a page.
const Sealed = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL

// Memfd makes a memfd of the size and with the seals given.
func Memfd(name string, size int64, seals int) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	file := os.NewFile(uintptr(fd), name)
	if err := file.Truncate(size); err != nil {
		return nil, err
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	return file, nil
}

// Publisher is the process's side of a page and its command page.
type Publisher struct {
	Page    *os.File
	CmdFile *os.File
	Cmd     *page.Cmd
	Header  page.Header // written by Flush
}

// NewPublisher publishes a page of this process. Its agent can do everything.
func NewPublisher() (*Publisher, error) {
	file, err := Memfd(page.PageName, page.PageSize, Sealed)
	if err != nil {
		return nil, err
	}
	cmd, err := Memfd(page.CmdName, page.CmdSize, Sealed)
	if err != nil {
		return nil, err
	}
	mapped, err := unix.Mmap(int(cmd.Fd()), 0, page.CmdSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping the command page: %w", err)
	}
	page.InitCmd(mapped)
	p := &Publisher{Page: file, CmdFile: cmd}
	if p.Cmd, err = page.OpenCmd(mapped); err != nil {
		return nil, err
	}
	p.Header = page.Header{
		PID: uint32(os.Getpid()), UID: uint32(os.Getuid()),
		PageInode: inode(file), CmdInode: inode(cmd),
		Capabilities: page.CapPython | page.CapFramework | page.CapRelease | page.CapCaptureCount | page.CapRecord,
		MaxHold:      20 * time.Millisecond,
		SourceHash:   strings.Repeat("0", 64),
	}
	p.Header.StartTicks, err = startTicks()
	if err != nil {
		return nil, err
	}
	return p, p.Flush()
}

func inode(f *os.File) uint64 {
	var status unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &status); err != nil {
		return 0
	}
	return status.Ino
}

func startTicks() (uint64, error) {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	return strconv.ParseUint(fields[19], 10, 64)
}

// Flush writes the header.
func (p *Publisher) Flush() error {
	_, err := p.Page.WriteAt(page.EncodeHeader(p.Header), 0)
	return err
}

// PublishCounters writes the next counters and flips to them.
func (p *Publisher) PublishCounters(c page.Counters) error {
	c.Seq = p.Header.CountersSeq + 1
	if _, err := p.Page.WriteAt(page.EncodeCounters(c), page.CountersOffset(c.Seq)); err != nil {
		return err
	}
	p.Header.CountersSeq = c.Seq
	return p.Flush()
}

// PublishWalk writes the next walk and flips to it.
func (p *Publisher) PublishWalk(w page.Walk) error {
	w.Seq = p.Header.WalkSeq + 1
	return p.PublishWalkBytes(page.EncodeWalk(w))
}

// PublishWalkBytes flips to a walk slot as it is.
func (p *Publisher) PublishWalkBytes(slot []byte) error {
	seq := p.Header.WalkSeq + 1
	if _, err := p.Page.WriteAt(slot, page.WalkOffset(seq)); err != nil {
		return err
	}
	p.Header.WalkSeq, p.Header.WalkStatus = seq, page.WalkOK
	p.Header.Walks++
	return p.Flush()
}

// PublishTrace makes a trace's memfd. It is there until it is closed.
func (p *Publisher) PublishTrace(trace []byte, seals int) (*os.File, error) {
	file, err := Memfd(page.TraceName, int64(len(trace)), seals)
	if err != nil {
		return nil, err
	}
	_, err = file.WriteAt(trace, 0)
	return file, err
}

// Answer answers the request in a command slot.
func (p *Publisher) Answer(slot int, a page.Answer) error {
	_, err := p.Page.WriteAt(page.EncodeAnswer(a), page.AnswerOffset(slot))
	return err
}

// PublishEvents replaces the log by events, the last of which is the newest.
func (p *Publisher) PublishEvents(events []page.Event) error {
	if _, err := p.Page.WriteAt(page.EncodeEvents(events), page.EventsOffset); err != nil {
		return err
	}
	p.Header.EventNext = events[len(events)-1].Number
	return p.Flush()
}

// Sleep sleeps until a monitor wakes the agent, at most for d. seen is the wake
// word as it was before the agent looked for work.
func (p *Publisher) Sleep(seen uint32, d time.Duration) {
	const futexWait = 0
	timeout := unix.NsecToTimespec(int64(d))
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(p.Cmd.WakeWord())), futexWait, uintptr(seen),
		uintptr(unsafe.Pointer(&timeout)), 0, 0)
}

// WakeWord is the wake word as it is now.
func (p *Publisher) WakeWord() uint32 { return atomic.LoadUint32(p.Cmd.WakeWord()) }

// Now is the clock that pages use.
func Now() page.Instant {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return page.Instant(t.Nano())
}

// Watched tells whether any monitor is watching.
func (p *Publisher) Watched() bool {
	for i := range page.CmdSlots {
		slot := p.Cmd.Slot(i)
		if watching, _ := slot.Wants(); watching && slot.Owner() != 0 && slot.Lease() >= Now() {
			return true
		}
	}
	return false
}
