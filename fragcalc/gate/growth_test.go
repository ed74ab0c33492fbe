package gate

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// naive is the slope between the first point and the last.
func naive(points []point) float64 {
	first, last := points[0], points[len(points)-1]
	return (last.bytes - first.bytes) / last.at.Sub(first.at).Minutes()
}

func TestGrowthIsTheSlopeOfAStraightLine(t *testing.T) {
	for _, perMinute := range []int64{0, 50 * mib, -3 * mib} {
		g := growth{}
		for i := range 60 {
			g.add(start.Add(time.Duration(i)*time.Second), 10*gib+int64(i)*perMinute/60)
		}
		if got := g.slope(); math.Abs(got.Or(math.Inf(1))-float64(perMinute)) > 1e-3*float64(mib) {
			t.Errorf("%d bytes a minute: found %v", perMinute, got)
		}
	}
}

// What a gate must not take for growth, and what it must not overlook; the
// slope from the first point to the last is far off in each case.
func TestGrowthIsNotMisledByASpikeOrAStep(t *testing.T) {
	const leak = 60 * mib // a minute
	for _, c := range []struct {
		name   string
		held   func(second int) int64
		want   int64
		within int64
	}{
		{"a spike at the end", func(s int) int64 {
			if s > 110 {
				return 40 * gib
			}
			return 10 * gib
		}, 0, mib},
		{"one step in the middle", func(s int) int64 {
			if s > 40 {
				return 12 * gib
			}
			return 10 * gib
		}, 0, mib},
		{"a leak, and a release at the end", func(s int) int64 {
			if s > 115 {
				return gib
			}
			return 10*gib + int64(s)*leak/60
		}, leak, 6 * mib},
		{"a leak in segments of 20 MiB", func(s int) int64 { return 10*gib + int64(s)*leak/60/(20*mib)*(20*mib) }, leak, 6 * mib},
	} {
		g := growth{}
		for second := range 120 {
			g.add(start.Add(time.Duration(second)*time.Second), c.held(second))
		}
		got := g.slope().Or(math.Inf(1))
		if math.Abs(got-float64(c.want)) > float64(c.within) {
			t.Errorf("%s: %.1f MiB/min, want %d", c.name, got/float64(mib), c.want/mib)
		}
		if off := math.Abs(naive(g.points) - float64(c.want)); c.name != "a leak in segments of 20 MiB" && off < 100*float64(mib) {
			t.Errorf("%s: the naive slope is right too, so that this shows nothing", c.name)
		}
	}
}

func TestGrowthLeavesOutTheWarmUp(t *testing.T) {
	g := growth{warmUp: 30 * time.Second}
	for second := range 90 {
		g.add(start.Add(time.Duration(second)*time.Second), min(int64(second), 30)*gib)
	}
	if got := g.slope(); got.Or(-1) != 0 {
		t.Errorf("%v, want 0: it grew in the warm-up only", got)
	}
}

func TestTooLittleIsNotKnown(t *testing.T) {
	for _, c := range []struct {
		samples int
		apart   time.Duration
		known   bool
	}{{0, 0, false}, {1, 0, false}, {7, time.Minute, false}, {100, 90 * time.Millisecond, false}, {8, 2 * time.Second, true}} {
		g := growth{}
		for i := range c.samples {
			g.add(start.Add(time.Duration(i)*c.apart), gib)
		}
		if got := g.slope(); got.Known() != c.known || !c.known && got.Reason() == "" {
			t.Errorf("%d samples %v apart: %v, %q", c.samples, c.apart, got, got.Reason())
		}
	}
}

// The same walk seen again is no further sample.
func TestOldFiguresDoNotCountTwice(t *testing.T) {
	g := growth{}
	for range 1000 {
		g.add(start, gib)
	}
	if len(g.points) != 1 {
		t.Errorf("%d points of one moment", len(g.points))
	}
}

// A day of samples takes bounded memory and still has its slope, whatever the
// noise.
func TestGrowthOfADayInBoundedMemory(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	g := growth{}
	const perMinute = 5 * mib
	for second := range 86400 {
		g.add(start.Add(time.Duration(second)*time.Second), 10*gib+int64(second)*perMinute/60+random.Int64N(gib))
	}
	if len(g.points) > mostPoints || len(g.points) < mostPoints/4 {
		t.Errorf("%d points", len(g.points))
	}
	if got := g.slope().Or(0); math.Abs(got-float64(perMinute)) > 0.1*float64(perMinute) {
		t.Errorf("%.2f MiB/min, want %d", got/float64(mib), perMinute/mib)
	}
	if span := g.span(); span < 23*time.Hour {
		t.Errorf("the points span %v of a day", span)
	}
}
