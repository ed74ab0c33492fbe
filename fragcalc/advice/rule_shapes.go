package advice

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	// varied is the share of requests of a trace that must differ in size. A
	// program with fixed shapes asks for the same few sizes in every step.
	varied = 0.20
	// variedLive is the same for the live blocks of a walk, among which the
	// weights of a model differ by themselves.
	variedLive = 0.50
	// growsTimes is how often in a row a tensor must have grown.
	growsTimes = 16
)

// varyingSizes: much is stranded, and the sizes that are asked for differ.
func varyingSizes(c *subject) *Advice {
	if !matters(c.stranded, c.reserved, strandedShare) {
		return nil
	}
	sizes, what := &c.walk.sizes, "large live blocks"
	share := variedLive
	if c.trace.read {
		sizes, what, share = &c.trace.sizes, "large requests", varied
	}
	if !sizes.varies(share) {
		return nil
	}
	return &Advice{
		Text: "Sizes vary: " + plural(len(sizes.different), "size") + " among " + strconv.Itoa(sizes.looked) + " " + what +
			", so that holes of " + size(c.stranded) + " seldom fit what comes next. Fixed or bucketed shapes (padding, sorting by length) let blocks be used again.",
		Evidence: []Figure{
			{"different_sizes", int64(len(sizes.different))}, {"sizes_looked_at", int64(sizes.looked)}, {"stranded_bytes", c.stranded},
		},
		Expected: fragcalc.Unknown[int64]("depends on the shapes"), worth: c.stranded / 3,
	}
}

// preallocate: a trace shows a tensor that is made anew, a little larger, again
// and again.
func preallocate(c *subject) *Advice {
	grows := c.trace.grows
	if grows.times < growsTimes || grows.last < 2*grows.first || !matters(c.stranded, c.reserved, growthShare) {
		return nil
	}
	by := frame(c.Stacks.At(grows.stack))
	if by == "" {
		return nil
	}
	return &Advice{
		Text: "A tensor made in " + by + " is made anew, larger each time: from " + size(grows.first) + " to " + size(grows.last) + " in " +
			plural(grows.times, "step") + ". Allocating its final size once (a static cache) leaves no holes behind.",
		Evidence: []Figure{
			{"stack", by}, {"times", int64(grows.times)}, {"first_bytes", grows.first}, {"last_bytes", grows.last},
		},
		Expected: fragcalc.Unknown[int64]("depends on the final size"), worth: c.stranded / 2,
	}
}
