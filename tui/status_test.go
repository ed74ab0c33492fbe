package tui

import (
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestRemarksGoAndWhatHappenedGetsItsTime(t *testing.T) {
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
	d.shows(" 12:00:00 48049: not released: busy")
}
