package fragcalc

import "iter"

// span is a part of a segment, by offsets from its start.
type span struct{ from, to int64 }

// spans cuts the segment into its blocks, with neighbouring free ones as one
// span, and tells of each whether it is free. When released, pending blocks
// count as free, as they are once all events have completed.
func (s *Segment) spans(released bool) iter.Seq2[bool, span] {
	return func(yield func(bool, span) bool) {
		var at, idle int64
		for i := range s.Blocks {
			b := &s.Blocks[i]
			end := at + b.Size
			if b.State == BlockUsed || b.State == BlockPending && !released {
				if idle < at && !yield(true, span{idle, at}) {
					return
				}
				if !yield(false, span{at, end}) {
					return
				}
				idle = end
			}
			at = end
		}
		if idle < at {
			yield(true, span{idle, at})
		}
	}
}
