package advice

import (
	"math"
	"slices"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// History is what was seen of a row before, oldest first, up to and with now.
// It is empty where there is one look only.
type History struct {
	Samples []Sample
}

// Sample is a row's figures at one moment. Used and Stranded may be the lowest
// of a short time up to then: trends are looked for in the lowest values anyway.
type Sample struct {
	At                       time.Time
	Used, Reserved, Stranded fragcalc.Bytes
	Retries, OOMs            fragcalc.Count
}

// Bounds of a trend.
const (
	trendLeast   = time.Minute // no trend in less
	trendParts   = 12          // the history is cut into so many parts
	trendPresent = 6           // and at least so many must be known
	// steady is the share of pairs of parts between which a figure must grow:
	// Kendall's tau of 0.7.
	steady = 0.85
)

// span is the time from the first to the last sample.
func (h History) span() time.Duration {
	if len(h.Samples) == 0 {
		return 0
	}
	return h.Samples[len(h.Samples)-1].At.Sub(h.Samples[0].At)
}

// trend is how a figure changes.
type trend struct {
	perSecond float64 // bytes
	growth    int64   // bytes, over the whole span at that rate
	steady    bool    // it grew between nearly all parts
}

type point struct{ at, value float64 } // seconds, bytes

// trend looks for growth in the lowest values of equal parts of the history: a
// program's memory rises and falls with every step, and what only grows is what
// stays when it is lowest. The rate is the median of the rates between all pairs
// of parts (Theil and Sen), which a jump or a pause does not move.
func (h History) trend(figure func(*Sample) fragcalc.Bytes) (trend, bool) {
	span := h.span()
	points := h.lowest(figure)
	if span < trendLeast || len(points) < trendPresent {
		return trend{}, false
	}
	var rates []float64
	up := 0
	for i := range points {
		for j := range i {
			rate := (points[i].value - points[j].value) / (points[i].at - points[j].at)
			rates = append(rates, rate)
			if rate > 0 {
				up++
			}
		}
	}
	slices.Sort(rates)
	median := (rates[len(rates)/2] + rates[(len(rates)-1)/2]) / 2
	return trend{
		perSecond: median,
		growth:    int64(median * span.Seconds()),
		steady:    median > 0 && float64(up) >= steady*float64(len(rates)),
	}, true
}

// lowest are the lowest values of the parts of the history in which the figure
// is known, each with the seconds after the first sample at which it was seen.
func (h History) lowest(figure func(*Sample) fragcalc.Bytes) []point {
	span := h.span()
	if span <= 0 {
		return nil
	}
	parts := [trendParts]point{}
	for i := range parts {
		parts[i].value = math.Inf(1)
	}
	for i := range h.Samples {
		s := &h.Samples[i]
		value, known := figure(s).Get()
		after := s.At.Sub(h.Samples[0].At)
		if !known || after < 0 || after > span {
			continue
		}
		part := min(int(float64(after)/float64(span)*trendParts), trendParts-1)
		if float64(value) < parts[part].value {
			parts[part] = point{after.Seconds(), float64(value)}
		}
	}
	var points []point
	for _, p := range parts {
		if !math.IsInf(p.value, 1) {
			points = append(points, p)
		}
	}
	return points
}

// rise is by how much a counter rose over the history, and whether that can be
// told.
func (h History) rise(counter func(*Sample) fragcalc.Count) (int64, bool) {
	first, last, seen := int64(0), int64(0), 0
	for i := range h.Samples {
		n, known := counter(&h.Samples[i]).Get()
		if !known {
			continue
		}
		if seen == 0 {
			first = n
		}
		last = n
		seen++
	}
	return last - first, seen > 1
}

// step is the largest rise of a figure between two samples, and when.
func (h History) step(figure func(*Sample) fragcalc.Bytes) (by int64, at time.Time) {
	for i := 1; i < len(h.Samples); i++ {
		before, known := figure(&h.Samples[i-1]).Get()
		after, known2 := figure(&h.Samples[i]).Get()
		if known && known2 && after-before > by {
			by, at = after-before, h.Samples[i].At
		}
	}
	return by, at
}

func usedOf(s *Sample) fragcalc.Bytes     { return s.Used }
func reservedOf(s *Sample) fragcalc.Bytes { return s.Reserved }
func strandedOf(s *Sample) fragcalc.Bytes { return s.Stranded }
func retriesOf(s *Sample) fragcalc.Count  { return s.Retries }
func oomsOf(s *Sample) fragcalc.Count     { return s.OOMs }
