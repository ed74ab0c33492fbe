package tui

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
)

// demoReleaser releases on the demo node.
type demoReleaser struct {
	node *demo.Node
	at   time.Time
}

// Release implements Releaser.
func (d demoReleaser) Release(_ context.Context, plan fragcalc.ReleasePlan, _ func(fragcalc.ReleaseOutcome)) (report fragcalc.ReleaseReport) {
	for _, step := range plan.Steps {
		for _, target := range step {
			report.Outcomes = append(report.Outcomes, d.node.Release(target, d.at))
		}
	}
	return report
}

// Retries implements Releaser.
func (d demoReleaser) Retries(context.Context, fragcalc.ReleaseOutcome) fragcalc.Count {
	return fragcalc.Of[int64](0)
}

func TestDemoWorksInEveryView(t *testing.T) {
	node := demo.NewNode(1)
	at := epoch
	d := newDriver(t, 120, 40)
	for range 20 {
		at = at.Add(time.Second)
		d.sample(node.Snapshot(at))
	}
	d.shows("DEMO")
	for row := range d.app.latest.Processes {
		d.keys("g")
		for range row {
			d.keys("j")
		}
		for depth := range 4 {
			d.keys("enter")
			checkBounds(t, d, 120, 40, []string{"row", strconv.Itoa(row), "depth", strconv.Itoa(depth)})
		}
		for range 4 {
			d.keys("esc")
		}
	}
}

func TestDemoRelease(t *testing.T) {
	node := demo.NewNode(1)
	d := newDriver(t, 120, 40, func(o *Options) { o.Releaser = demoReleaser{node, epoch.Add(time.Second)} })
	d.sample(node.Snapshot(epoch))
	for _, p := range d.app.latest.Processes {
		if !p.Hook.Available || p.ReleaseEstimate.Or(0) == 0 {
			continue
		}
		d.keys("/")
		d.keys(strings.Split("pid=="+strconv.Itoa(p.PID), "")...)
		d.keys("enter")
		d.release(d.keys("r", "y"))
		d.shows(strconv.Itoa(p.PID) + ": released ")
		return
	}
	t.Fatal("the demo has nothing to release")
}
