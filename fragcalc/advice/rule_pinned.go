package advice

import "github.com/gpufragtop/gpufragtop/fragcalc"

// pinnedShare is the share of reserved memory that pinned segments must hold
// back.
const pinnedShare = 0.05

// pinned: small blocks keep large segments from going back to the driver. Where
// a trace tells how long they have lived, only those count that have lived for
// long; without one the sentence says that it depends on that.
func pinned(c *subject) *Advice {
	var free int64
	var held []pin
	for _, p := range c.walk.pins {
		if c.trace.read && !c.trace.old(p.block.Address) {
			continue
		}
		free += p.free
		held = append(held, p)
	}
	if len(held) == 0 || !matters(free, c.reserved, pinnedShare) {
		return nil
	}
	worst := held[0]
	block := "the block of " + size(worst.block.Size) + " at " + hex(worst.block.Address)
	evidence := []Figure{
		{"pinned_free_bytes", free}, {"pinned_segments", int64(len(held))},
		{"address", hex(worst.block.Address)}, {"block_bytes", worst.block.Size}, {"segment_bytes", worst.segment},
	}
	if by := frame(c.Stacks.At(worst.block.Stack)); by != "" {
		block += ", allocated in " + by
		evidence = append(evidence, Figure{"stack", by})
	}
	words := "Small live blocks keep " + size(free) + " free in " + plural(len(held), "large segment") + " from going back; the worst is " + block + ". "
	if c.trace.read {
		words += "It has lived for long: allocate such tensors first, or clone and drop them after the peak."
		evidence = append(evidence, Figure{"age", "at least half of the trace"})
	} else {
		words += "If they live long, allocate them first, or clone and drop them after the peak."
	}
	return &Advice{Text: words, Evidence: evidence, Expected: fragcalc.Of(free), worth: free}
}
