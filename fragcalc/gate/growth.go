package gate

import (
	"fmt"
	"slices"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	// fewestPoints and shortestSpan are what a slope needs to mean anything.
	fewestPoints = 8
	shortestSpan = 10 * time.Second
	// mostPoints bounds memory, and the pairs of points that a slope takes.
	mostPoints = 512
	// samePoint is how close in time two samples of the same figures may be.
	samePoint = 10 * time.Millisecond
)

// growth is how fast reserved memory grows for good. Reserved and not used
// memory, because used memory swings with every step of a training, by far
// more than a leak adds, while reserved memory holds the height of these waves
// and a leak reaches it as soon as the cache is used up.
//
// The slope is that of Theil and Sen: the median of the slopes of all pairs of
// points. A spike, or one step to a new level, hardly moves it.
type growth struct {
	warmUp time.Duration // from the first point on: a program that starts grows
	begun  time.Time
	last   time.Time     // of what was added, the warm-up included
	apart  time.Duration // shortest time between two points
	points []point
}

type point struct {
	at    time.Time
	bytes float64
}

func (g *growth) add(at time.Time, bytes int64) {
	if g.begun.IsZero() {
		g.begun = at
	}
	g.last = at
	if at.Sub(g.begun) < g.warmUp {
		return
	}
	if n := len(g.points); n > 0 && at.Sub(g.points[n-1].at) < max(samePoint, g.apart) {
		return
	}
	if len(g.points) == mostPoints {
		g.thin()
	}
	g.points = append(g.points, point{at, float64(bytes)})
}

// thin drops every other point, and halves the pace from now on.
func (g *growth) thin() {
	kept := g.points[:0]
	for i := 0; i < len(g.points); i += 2 {
		kept = append(kept, g.points[i])
	}
	g.points = kept
	g.apart = g.span() / time.Duration(len(kept)) // a little less than the points kept are apart
}

func (g *growth) span() time.Duration {
	if len(g.points) == 0 {
		return 0
	}
	return g.points[len(g.points)-1].at.Sub(g.points[0].at)
}

// slope is the growth in bytes a minute.
func (g *growth) slope() fragcalc.Known[float64] {
	switch {
	case g.begun.IsZero():
		return fragcalc.Unknown[float64]("no reserved memory was seen")
	case g.last.Equal(g.begun):
		return fragcalc.Unknown[float64]("one moment has no growth")
	case len(g.points) < fewestPoints || g.span() < shortestSpan:
		return fragcalc.Unknown[float64](fmt.Sprintf("growth needs %d samples over %v after a warm-up of %v; there were %d over %v",
			fewestPoints, shortestSpan, g.warmUp, len(g.points), g.span().Round(100*time.Millisecond)))
	}
	slopes := make([]float64, 0, len(g.points)*(len(g.points)-1)/2)
	for i, a := range g.points {
		for _, b := range g.points[i+1:] {
			slopes = append(slopes, (b.bytes-a.bytes)/b.at.Sub(a.at).Minutes())
		}
	}
	return fragcalc.Of(median(slopes))
}

// median sorts the values, of which there is at least one.
func median(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

// LeastTime is how long a process must be watched for its growth to be known.
func LeastTime(warmUp time.Duration) time.Duration { return warmUp + shortestSpan }
