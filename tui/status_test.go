package tui

import (
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestRemarksGoAndWhatHappenedStaysInTheLog(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.Local)
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.app.status.clock = func() time.Time { return now }
	d.releaser.answer = fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseBusy, Reason: "busy"}
	d.release(d.keys("r", "y"))
	d.keys("u")
	d.shows("sizes in GiB")
	now = now.Add(remarkTime - time.Second)
	d.shows("sizes in GiB")
	now = now.Add(time.Second)
	d.hides("sizes in GiB")
	d.hides("not released: busy") // nobody takes it for what has just been done
	d.keys("l")
	d.shows("12:00:00 48049 not released: busy")
}

func TestWhatHappenedGoesAndAnOutOfMemoryErrorStaysLonger(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.Local)
	d := newDriver(t, 120, 40)
	d.app.status.clock = func() time.Time { return now }
	s := testNode(1, 2, 9)
	s.Events = []fragcalc.Event{{At: s.At, PID: 48049, Kind: "oom", Text: "out of memory: 2.00 GiB asked for", OOM: &fragcalc.OOM{}}}
	d.sample(s)
	d.shows("12:04:31 48049: out of memory")
	now = now.Add(remarkTime)
	d.shows("12:04:31 48049: out of memory")
	d.keys("enter")
	d.hides("out of memory: 2.00 GiB asked for")
	d.keys("esc")
	d.shows("12:04:31 48049: out of memory")
	now = now.Add(oomTime - remarkTime)
	d.hides("out of memory: 2.00 GiB asked for")
	now = now.Add(-oomTime)
	d.app.status.recordGood("48049: SIGTERM sent")
	d.shows("48049: SIGTERM sent")
	now = now.Add(remarkTime - time.Second)
	d.shows("48049: SIGTERM sent")
	now = now.Add(time.Second)
	d.hides("SIGTERM sent")
}
