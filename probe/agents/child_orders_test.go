package agents

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/page/pagetest"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// obey does what the parent says, and says when it is done.
func (c *agentChild) obey() {
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		c.mu.Lock()
		reply, err := c.order(orders.Text())
		c.mu.Unlock()
		if err != nil {
			reply = err.Error()
		}
		fmt.Println(reply)
	}
	os.Exit(0) // the parent is gone
}

func (c *agentChild) order(order string) (string, error) {
	if nonce, ok := strings.CutPrefix(order, "watched by "); ok {
		return fmt.Sprint(c.watchedBy(nonce)), nil
	}
	if mode, ok := strings.CutPrefix(order, "trace "); ok {
		c.mode = mode
		return "ok", nil
	}
	switch order {
	case "traces": // how many there are
		return c.traces(), nil
	case "no record":
		c.Header.Capabilities &^= page.CapRecord
	case "recording":
		c.Header.RecordingUntil = pagetest.Now().Add(90 * time.Second)
	case "flip":
		c.flip()
	case "deaf":
		c.deaf = true
	case "hear":
		c.deaf = false
	case "lazy": // publishes nothing any more
		c.lazy = true
	case "short": // releases nothing
		c.short = true
	case "private": // has a private pool
		c.private = true
	case "own": // has a release function of its own, and a framework that refuses after it
		c.own, c.Header.OwnRelease = true, "kv cache"
	case "own alone": // the same without a framework
		c.Header.OwnRelease = "kv cache"
		c.Header.Capabilities &^= page.CapFramework | page.CapCaptureCount
	case "ranks":
		c.Header.Ranks = fragcalc.Ranks{Initialized: true, NCCL: true, Rank: 1, World: 8}
	case "old ranks":
		c.Header.Ranks = fragcalc.Ranks{Initialized: true, NCCL: true, HoldsGIL: true, Rank: 1, World: 8}
	case "hang": // begins a release and does not end it
		c.hang = true
	case "underway":
		c.Header.ReleaseUnderway = true
	case "capture":
		c.Header.CaptureBegins++
	case "uncounted":
		c.Header.Capabilities &^= page.CapCaptureCount
	case "off":
		c.Header.Capabilities &^= page.CapRelease
	case "no framework":
		c.Header.Capabilities &^= page.CapFramework
	case "history":
		c.lazy, c.Header.WalkStatus = true, page.WalkHistoryOn
	case "half a walk": // the writer dies in mid-write
		c.lazy = true
		half := page.EncodeWalk(childWalk(true, false))
		_, err := c.Page.WriteAt(append(make([]byte, 8), half[8:len(half)/2]...), page.WalkOffset(c.Header.WalkSeq+1))
		return "ok", err
	case "torn walk": // as a broken writer would
		c.lazy = true
		slot := page.EncodeWalk(childWalk(true, false))
		slot[len(slot)-1] ^= 1
		return "ok", c.PublishWalkBytes(slot)
	case "contradiction":
		c.lazy = true
		w := childWalk(true, false)
		w.Seq = c.Header.WalkSeq + 1
		w.Devices[0].Segments[0].Size += 512
		return "ok", c.PublishWalkBytes(page.EncodeWalk(w))
	case "crowd": // other monitors hold all slots
		for i := range page.CmdSlots {
			if slot := c.Cmd.Slot(i); slot.Claim(99, pagetest.Now()) {
				slot.Watch(pagetest.Now().Add(time.Hour))
			}
		}
	case "undumpable": // readable by root only
		return "ok", unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	case "close": // as daemons do
		return "ok", c.Page.Close()
	case "releases":
		return fmt.Sprint(c.releases), nil
	default:
		return "unknown order " + order, nil
	}
	return "ok", c.Flush()
}

// watchedBy tells whether the monitor with this nonce holds a slot. Others on
// this machine may do so too, at any time.
func (c *agentChild) watchedBy(nonce string) bool {
	for i := range page.CmdSlots {
		slot := c.Cmd.Slot(i)
		if watching, _ := slot.Wants(); watching && fmt.Sprint(slot.Owner()) == nonce && slot.Lease() >= pagetest.Now() {
			return true
		}
	}
	return false
}
