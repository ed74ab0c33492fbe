package cudashim

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/shimtest"
)

func TestHeaderSaysWhoItIs(t *testing.T) {
	b := newBench(t)
	p := b.start(t)
	m := shimtest.Open(t, p.cmd.Process.Pid)
	h := m.Header(t)
	if int(h.PID) != p.cmd.Process.Pid || int(h.UID) != os.Geteuid() || h.SourceHash != SourceHash() {
		t.Errorf("the header says pid %d, uid %d, sources %s", h.PID, h.UID, h.SourceHash)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, fields, _ := strings.Cut(string(stat), ") ")
	if want := strings.Fields(fields)[19]; fmt.Sprint(h.StartTicks) != want {
		t.Errorf("start %d, /proc says %s", h.StartTicks, want)
	}
	var info unix.Stat_t
	if err := unix.Fstat(int(m.Page.Fd()), &info); err != nil || info.Ino != h.PageInode || info.Size != page.PageSize {
		t.Errorf("inode %d, the header says %d; size %d; %v", info.Ino, h.PageInode, info.Size, err)
	}
}

func TestAgentSleepsUnwatchedAndWakes(t *testing.T) {
	b := newBench(t)
	p := b.start(t, "RANK=2", "SECRET=x")
	m := shimtest.Open(t, p.cmd.Process.Pid)
	const settled = 100 * time.Millisecond
	time.Sleep(settled)
	before := shimtest.AgentRuns(t, p.cmd.Process.Pid)
	time.Sleep(4 * settled) // four of the ticks that it would make if it were watched
	if after := shimtest.AgentRuns(t, p.cmd.Process.Pid); after != before {
		t.Errorf("nobody watches, and the agent ran: %s, then %s", before, after)
	}
	if h := m.Header(t); h.CountersSeq != 0 || h.HoldTotal != 0 {
		t.Errorf("nobody watches, and there are counters: %+v", h)
	}
	m.Watch(t)
	if c := m.Counters(t); fmt.Sprint(c.Job) != "[RANK=2]" || c.Framework != "" || len(c.Devices) != 0 {
		t.Errorf("counters of a program without a framework: %+v", c)
	}
	shimtest.Eventually(t, "a counters slot each tick", func() bool { return m.Header(t).CountersSeq >= 4 })
	if h := m.Header(t); h.WalkStatus != page.WalkNoFramework || h.Capabilities.Has(page.CapFramework) || !h.Capabilities.Has(page.CapCaptureCount) {
		t.Errorf("header of a program without a framework: %+v", h)
	}
	m.Cmd.Slot(0).Free(shimtest.Owner)
	m.Wake(t)
	seq := uint64(0)
	shimtest.Eventually(t, "the end of counting", func() bool {
		last := seq
		seq = m.Header(t).CountersSeq
		time.Sleep(3 * settled)
		return seq == last
	})
}

func TestCapturesAreCounted(t *testing.T) {
	b := newBench(t)
	p := b.start(t)
	m := shimtest.Open(t, p.cmd.Process.Pid)
	expect := func(begins, ends uint64) {
		t.Helper()
		m.Watch(t)
		shimtest.Eventually(t, fmt.Sprintf("%d begins and %d ends", begins, ends), func() bool {
			h := m.Header(t)
			return h.CaptureBegins == begins && h.CaptureEnds == ends
		})
	}
	p.say(t, "begin")
	expect(1, 0)
	p.say(t, "end")
	expect(1, 1)
	p.say(t, "begin")
	p.say(t, "fail")
	p.say(t, "end") // failed: still underway
	expect(2, 1)
	p.say(t, "invalid")
	p.say(t, "end") // ended, its graph is spoilt
	expect(2, 2)
}

// A program that closes all files, as daemons do, gets a new page.
// Case 15.
func TestPageComesBackAfterClosingAllFiles(t *testing.T) {
	b := newBench(t)
	p := b.start(t)
	pid := p.cmd.Process.Pid
	m := shimtest.Open(t, pid)
	old := m.Header(t).PageInode
	p.say(t, "close")
	m.Wake(t)
	shimtest.Eventually(t, "another page", func() bool {
		return shimtest.Memfd(pid, page.PageName) != "" && shimtest.Memfd(pid, page.CmdName) != ""
	})
	again := shimtest.Open(t, pid)
	shimtest.Eventually(t, "another page's inode", func() bool { return again.Header(t).PageInode != old })
	again.Watch(t)
	again.Counters(t)
}

func TestReleaseRefusals(t *testing.T) {
	b := newBench(t)
	cases := []struct {
		name     string
		env      string
		deadline time.Duration // from now
		want     page.AnswerStatus
	}{
		{"no framework", "A=b", time.Second * 10, page.AnswerNoFramework},
		{"switched off", "GPUFRAGTOP_ALLOW_RELEASE=0", time.Second * 10, page.AnswerOff},
		{"expired", "A=b", 0, page.AnswerExpired},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := b.start(t, c.env)
			m := shimtest.Open(t, p.cmd.Process.Pid)
			m.Watch(t)
			m.Cmd.Slot(0).Request(page.Request{ID: 5, Deadline: shimtest.Now(t).Add(c.deadline), PID: 1, UID: 2})
			m.Wake(t)
			if got := m.Answer(t, 0, 5); got.Status != c.want || len(got.Devices) != 0 {
				t.Errorf("answered %+v, want status %d", got, c.want)
			}
			h := m.Header(t)
			if h.EventNext != 1 || h.LastRelease != 0 || h.ReleaseUnderway {
				t.Errorf("after a refusal: %+v", h)
			}
		})
	}
}
