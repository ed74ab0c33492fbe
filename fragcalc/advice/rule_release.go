package advice

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

const (
	// nearlyFull is the free share of a GPU below which somebody soon misses
	// what a cache holds.
	nearlyFull = 0.10
	// releaseShare is the share of the GPU's memory that a release must return.
	releaseShare = 0.01
	// longestReason bounds the words of a refusal, in bytes.
	longestReason = 100
)

// release: a release would give much to others, and there are others, or the
// GPU is nearly full.
func release(c *subject) *Advice {
	estimate, ok := c.ReleaseEstimate.Get()
	if !ok || c.file {
		return nil
	}
	held := c.held()
	free, known2 := c.freeShare().Get()
	full := known2 && free < nearlyFull
	if !full && c.others == 0 && held.Or(0) < least {
		return nil
	}
	total := c.reserved
	if c.gpu != nil {
		total = c.gpu.MemoryTotal.Or(total)
	}
	if !matters(estimate, total, releaseShare) {
		return nil
	}
	whom := "to others on this GPU"
	if c.others == 0 && held.Or(0) < least {
		whom = "to the GPU, which is nearly full"
	}
	pid := strconv.Itoa(c.PID)
	words := "A release gives " + size(estimate) + " back " + whom + ": gpufragtop release " + pid + "."
	if !c.Hook.Available {
		reason := text.Clean(c.Hook.Reason, longestReason)
		if reason == "" {
			reason = "no release hook"
		}
		words = "A release would give " + size(estimate) + " back " + whom + ", but it cannot be asked for from outside (" + reason + ")."
		if c.pytorch() {
			words += " In the program it is torch.cuda.empty_cache()."
		}
	} else if c.pytorch() {
		words += " It does not help this program itself: PyTorch empties its cache before it gives up."
	}
	evidence := []Figure{{"release_estimate_bytes", estimate}, {"other_processes", int64(c.others)}}
	evidence = append(evidence, known("held_by_others_bytes", held)...)
	return &Advice{Text: words, Evidence: evidence, Expected: fragcalc.Of(estimate), worth: estimate}
}
