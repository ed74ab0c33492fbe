package advice

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	// full is the free share of a GPU below which memory is short.
	full = 0.05
	// littleShare is the share of reserved memory up to which what is free in
	// the cache explains nothing.
	littleShare = 0.10
)

// notFragmentation: memory is short and neither holes nor cache are the reason:
// it is simply used.
func notFragmentation(c *subject) *Advice {
	short := c.OOMs.Or(0) > 0 || c.trace.ooms > 0
	if share, ok := c.freeShare().Get(); ok {
		short = short || share < full
	}
	idle, ok := c.Free.Get()
	_, told := c.Used.Get()
	if !short || !ok || !told || c.reserved < least || float64(idle) > littleShare*float64(c.reserved) || c.isArena() {
		return nil
	}
	words := "This is not fragmentation: " + size(c.used) + " of " + size(c.reserved) + " reserved is used. "
	evidence := []Figure{{"used_bytes", c.used}, {"free_bytes", idle}}
	held := c.held()
	others, outside := held.Or(0), c.Other.Or(0)
	evidence = append(evidence, known("held_by_others_bytes", held)...)
	switch {
	case others > c.reserved:
		words += "Other processes hold " + size(others) + " of this GPU: another GPU, or a time when they are gone, helps."
	case outside > c.reserved:
		words += size(outside) + " more of this process is outside of the allocator (CUDA context, NCCL, libraries): it does not go back on a release."
		evidence = append(evidence, Figure{"other_bytes", outside})
	default:
		if big := c.walk.largest; big.Size > 0 {
			words += "The largest of " + strconv.Itoa(c.walk.blocks) + " blocks has " + size(big.Size) + ". "
			evidence = append(evidence, Figure{"largest_block_bytes", big.Size})
		}
		words += "What helps is less at once: a smaller batch, lower precision, checkpointing, or more GPUs."
	}
	return &Advice{Text: words, Evidence: evidence,
		Expected: fragcalc.Unknown[int64]("nothing is wasted"), worth: max(c.used/4, least)}
}
