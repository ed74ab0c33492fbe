package agents

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/page/pagetest"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// childVariable makes the test binary one of the children below.
const childVariable = "GPUFRAGTOP_TEST_CHILD"

func TestMain(m *testing.M) {
	switch name := os.Getenv(childVariable); name {
	case "":
		pagetest.Lock(pagetest.AmongOthers)
		os.Exit(m.Run())
	case "watcher":
		watcherChild()
	default:
		if err := publisherChild(name); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
	}
}

const mib = 1 << 20

// uuid is the first device of every child.
var uuid = [16]byte{0xca, 0xfe, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}

// cached are the free bytes of the child's walk, all of which a release returns.
const cached = 30 * mib

// childWalk has a used segment and a free one of cached bytes.
func childWalk(released, private bool) page.Walk {
	w := page.Walk{Slot: page.Slot{TakenAt: pagetest.Now(), Hold: time.Millisecond}, Devices: []page.WalkDevice{{
		Device: childDevice(released),
		Segments: []fragcalc.WalkSegment{{Segment: fragcalc.Segment{Address: 0x1000000, Size: 20 * mib, Blocks: []fragcalc.Block{
			{Address: 0x1000000, Size: 12 * mib, Requested: 11 * mib, State: fragcalc.BlockUsed},
			{Address: 0x1000000 + 12*mib, Size: 8 * mib},
		}}}},
	}}}
	if !released {
		w.Devices[0].Segments = append(w.Devices[0].Segments, fragcalc.WalkSegment{Segment: fragcalc.Segment{
			Address: 0x8000000, Size: cached, Blocks: []fragcalc.Block{{Address: 0x8000000, Size: cached}},
		}})
	}
	if private {
		w.Devices[0].Segments[0].Private = [2]uint64{0, 1}
	}
	return w
}

func childDevice(released bool) page.Device {
	reserved := int64(20 * mib)
	if !released {
		reserved += cached
	}
	return page.Device{UUID: uuid, Context: true, Counters: fragcalc.Counters{
		Reserved: fragcalc.Of(reserved), Allocated: fragcalc.Of[int64](12 * mib),
		Active: fragcalc.Of[int64](12 * mib), Requested: fragcalc.Of[int64](11 * mib), AllocRetries: fragcalc.Of[int64](4),
	}}
}

// agentChild is a process with an agent. Its parent tells it on standard input
// how to behave.
type agentChild struct {
	mu sync.Mutex // guards all, also against the parent's orders
	*pagetest.Publisher
	deaf, lazy, short, hang bool
	private, own            bool
	released                bool
	releases                int
	done                    map[uint64]bool
	recordChild
}

func publisherChild(name string) error {
	p, err := pagetest.NewPublisher()
	if err != nil {
		return err
	}
	c := &agentChild{Publisher: p, done: map[uint64]bool{}}
	if err := c.become(name); err != nil {
		return err
	}
	fmt.Println("ready")
	go c.obey()
	for {
		seen := c.WakeWord()
		c.mu.Lock()
		err := c.work()
		c.mu.Unlock()
		if err != nil {
			return err
		}
		c.Sleep(seen, 200*time.Millisecond)
	}
}

// become sets up what the test wants to see, before anybody looks.
func (c *agentChild) become(name string) error {
	switch name {
	case "agent":
	case "silent": // has a page, and its agent never wakes
		c.lazy = true
	case "unsealed":
		return c.replace(page.PageSize, 0)
	case "cut off":
		return c.replace(100, pagetest.Sealed)
	case "wrong version":
		b := page.EncodeHeader(c.Header)
		b[8]++
		_, err := c.Page.WriteAt(b, 0)
		return err
	case "not ready":
		_, err := c.Page.WriteAt(make([]byte, 8), 0)
		return err
	case "being made": // sealed a moment after it can be seen
		if err := c.replace(page.PageSize, 0); err != nil {
			return err
		}
		time.AfterFunc(startTime/4, func() {
			_, _ = unix.FcntlInt(c.Page.Fd(), unix.F_ADD_SEALS, pagetest.Sealed)
		})
	case "about to begin": // has the agent's thread and no page yet
		return c.pageLater()
	case "forked": // the page of its parent
		c.Header.PID++
		return c.Flush()
	case "restored": // an old page of a process that had this pid before
		c.Header.StartTicks -= 100
		return c.Flush()
	case "of a namespace": // the page of a parent with the same pid in another PID namespace
		c.Header.PIDNamespace = 1
		return c.Flush()
	case "no start": // there is no /proc in its root, and no agent either
		c.Header.StartTicks = 0
		return c.Flush()
	case "giant counts":
		c.lazy = true
		slot := page.EncodeWalk(childWalk(false, false))
		copy(slot, "\x01")
		copy(slot[page.SlotHeaderSize+8:], "\xff\xff\xff\xff\xff\xff\xff\x7f")
		return c.PublishWalkBytes(slot)
	case "giant length":
		c.lazy = true
		slot := page.EncodeWalk(childWalk(false, false))
		copy(slot, "\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff")
		return c.PublishWalkBytes(slot)
	default:
		return fmt.Errorf("unknown child %q", name)
	}
	return nil
}

// replace publishes the same header in a memfd of another kind.
func (c *agentChild) replace(size int64, seals int) error {
	file, err := pagetest.Memfd(page.PageName, size, seals)
	if err != nil {
		return err
	}
	if err := c.Page.Close(); err != nil {
		return err
	}
	c.Page = file
	if size < page.HeaderSize {
		return nil
	}
	return c.Flush()
}

// flip writes random bytes over everything that a monitor reads, for ever, with
// whole walks in between.
func (c *agentChild) flip() {
	c.lazy = true
	random := rand.New(rand.NewPCG(1, 2))
	go func() {
		for round := 0; ; round++ {
			c.mu.Lock()
			if round%64 == 0 {
				_ = c.publish()
			}
			places := []int64{0, page.AnswerOffset(0), page.EventsOffset, page.CountersOffset(c.Header.CountersSeq), page.WalkOffset(c.Header.WalkSeq)}
			c.mu.Unlock()
			b := make([]byte, 1+random.IntN(8))
			for i := range b {
				b[i] = byte(random.Uint32())
			}
			_, _ = c.Page.WriteAt(b, places[random.IntN(len(places))]+random.Int64N(1024))
			if round%512 == 0 {
				_ = c.Flush() // so that it stays a page
			}
		}
	}()
}

// pageLater gives another thread the agent's name, and publishes the page a
// moment later.
func (c *agentChild) pageLater() error {
	if err := c.Page.Close(); err != nil {
		return err
	}
	named := make(chan error)
	go func() {
		runtime.LockOSThread()
		named <- unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(unsafe.StringData(agentThread+"\x00"))), 0, 0, 0)
		time.Sleep(startTime / 4)
		if err := c.open(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		select {} // the thread stays
	}()
	return <-named
}

func (c *agentChild) open() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	if c.Page, err = pagetest.Memfd(page.PageName, page.PageSize, pagetest.Sealed); err != nil {
		return err
	}
	return c.Flush()
}

// work is one round of the agent.
func (c *agentChild) work() error {
	if c.lazy || !c.Watched() && !c.anyRequest() {
		return nil
	}
	c.Header.Heartbeat = pagetest.Now()
	if err := c.publish(); err != nil {
		return err
	}
	if c.deaf {
		return nil
	}
	for i := range page.CmdSlots {
		if err := c.serve(i); err != nil {
			return err
		}
	}
	return c.endRecord()
}

func (c *agentChild) publish() error {
	err := c.PublishCounters(page.Counters{
		Slot:      page.Slot{TakenAt: pagetest.Now()},
		Framework: "py\x1b[31mtorch", FrameworkVersion: "2.6.0", Job: []string{"RANK=3", "WORLD_SIZE=8", "SLURM_JOB_ID=4711\u202e"},
		Settings: fragcalc.AllocatorSettings{Text: "expandable_segments:False", Backend: "native"},
		Devices:  []page.Device{childDevice(c.released)},
	})
	if err != nil {
		return err
	}
	return c.PublishWalk(childWalk(c.released, c.private))
}

func (c *agentChild) anyRequest() bool {
	for i := range page.CmdSlots {
		if _, ok := c.Cmd.Slot(i).Requested(); ok {
			return true
		}
	}
	return false
}

func (c *agentChild) serve(i int) error {
	slot := c.Cmd.Slot(i)
	r, ok := slot.Requested()
	if !ok || c.done[r.ID] || slot.Lease() < pagetest.Now() {
		return nil
	}
	c.done[r.ID] = true
	if r.Record != nil {
		return c.record(i, r)
	}
	if r.Deadline < pagetest.Now() {
		return c.Answer(i, page.Answer{RequestID: r.ID, Status: page.AnswerExpired})
	}
	c.Header.ReleaseUnderway = true
	if err := c.Flush(); err != nil || c.hang {
		return err
	}
	c.releases++
	walkSeq := c.Header.WalkSeq
	before := childDevice(c.released).Counters.Reserved.Or(0)
	c.released = !c.short
	after := childDevice(c.released).Counters.Reserved.Or(0)
	c.Header.ReleaseUnderway, c.Header.LastRelease, c.Header.ReleaseInterval = false, pagetest.Now(), time.Hour
	if err := c.PublishEvents([]page.Event{{Number: 1, At: time.Now(), Kind: page.EventRelease, Text: "released\nfor pid 1"}}); err != nil {
		return err
	}
	if c.own {
		return c.Answer(i, page.Answer{RequestID: r.ID, Status: page.AnswerCapture, Took: time.Millisecond, Own: &fragcalc.OwnRelease{Name: "kv cache", Back: fragcalc.Of[int64](7), Took: time.Millisecond}})
	}
	return c.Answer(i, page.Answer{
		RequestID: r.ID, Status: page.AnswerDone, Took: 3 * time.Millisecond, Hold: time.Millisecond, WalkSeq: walkSeq,
		Devices: []page.AnswerDevice{{UUID: uuid, Before: before, After: after}},
	})
}

// watcherChild is another monitor: it samples until it is killed.
func watcherChild() {
	w := New(Options{})
	for {
		if len(w.Sample(context.Background(), nil, false)) > 0 {
			fmt.Println("ready")
			fmt.Println(w.opener.monitor.nonce)
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	select {}
}
