package advice

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// growthShare is the share of what there is that a figure must have grown by
// over the history.
const growthShare = 0.05

// leak: what is used at the lowest grows steadily, and stranded memory does not
// grow with it.
func leak(c *subject) *Advice {
	used, ok := c.History.trend(usedOf)
	if !ok || !used.steady || !matters(used.growth, c.used, growthShare) {
		return nil
	}
	if holes, ok := c.History.trend(strandedOf); ok && holes.steady && holes.perSecond > used.perSecond {
		return nil // strandedGrows has the word
	}
	perMinute := int64(used.perSecond * 60)
	words := "Used memory has grown steadily, by " + size(perMinute) + " a minute: that is a leak or a cache of the program " +
		"(tensors kept in a list, losses kept with their graph), not fragmentation, and a release does not stop it."
	evidence := []Figure{{"used_growth_bytes_per_minute", perMinute}, {"over_seconds", int64(c.History.span() / time.Second)}}
	worth := max(used.growth, least)
	if left, ok := c.untilFull(used.perSecond); ok {
		words += " At this rate the GPU is full in " + units.Age(left) + "."
		evidence = append(evidence, Figure{"seconds_until_full", int64(left / time.Second)})
		if left < time.Hour {
			worth = max(worth, c.reserved)
		}
	}
	return &Advice{Text: words, Evidence: evidence,
		Expected: fragcalc.Unknown[int64]("what leaks is not known"), worth: worth}
}

// untilFull is how long the GPU's free memory and the process's free cache last
// at a rate of growth in bytes a second, up to a week.
func (c *subject) untilFull(rate float64) (time.Duration, bool) {
	if c.gpu == nil {
		return 0, false
	}
	free, ok := c.gpu.MemoryFree.Get()
	if !ok {
		return 0, false
	}
	const longest = 7 * 24 * time.Hour
	seconds := float64(max(free, 0)+c.Free.Or(0)) / rate
	if seconds > longest.Seconds() {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// strandedGrows: stranded memory grows steadily and used memory does not keep
// up with it.
func strandedGrows(c *subject) *Advice {
	holes, ok := c.History.trend(strandedOf)
	if !ok || !holes.steady || !matters(holes.growth, c.reserved, growthShare) {
		return nil
	}
	if used, ok := c.History.trend(usedOf); ok && used.steady && used.perSecond >= holes.perSecond {
		return nil
	}
	words := "Stranded memory has grown steadily, by " + size(holes.growth) + " in " + units.Age(c.History.span()) +
		", and used memory less. A restart returns it; fixed or bucketed shapes keep it from coming back."
	return &Advice{Text: words,
		Evidence: []Figure{
			{"stranded_growth_bytes_per_minute", int64(holes.perSecond * 60)}, {"over_seconds", int64(c.History.span() / time.Second)},
			{"stranded_bytes", c.stranded},
		},
		Expected: c.Stranded, worth: max(c.stranded, holes.growth)}
}
