package fragcalc

import "iter"

// State is what bytes of a segment are in, in the words of Figures. Used and
// pending blocks are parted into what was asked for and their rounding.
type State uint8

// States of bytes.
const (
	StateUsed       State = iota // asked for, in used blocks
	StateRounding                // not asked for, in used and pending blocks
	StatePending                 // asked for, in pending blocks
	StateStranded                // in holes
	StateReleasable              // could go back to the driver as they lie now
	StateParked                  // free, kept by design
	StateUnseen                  // of a segment whose blocks were not recorded
)

// States tells, in address order, which bytes of a segment of a pool are in
// which state: stretches of at least one byte, each within one block. It is what
// Measure adds up, byte by byte.
func (s *Segment) States(pool PoolID, settings AllocatorSettings) iter.Seq2[State, int64] {
	return func(yield func(State, int64) bool) {
		told := func(state State, size int64) bool { return size <= 0 || yield(state, size) }
		if len(s.Blocks) == 0 {
			told(StateUnseen, s.Size)
			return
		}
		page := int64(minBlock)
		if s.Expandable && !pool.IsPrivate() {
			page = settings.page(pool.Small)
		}
		var at int64
		for i := range s.Blocks {
			b := &s.Blocks[i]
			end := at + b.Size
			live := StateUsed
			switch b.State {
			case BlockPending:
				live = StatePending
				fallthrough
			case BlockUsed:
				requested := min(max(b.Requested, 0), b.Size)
				if !told(live, requested) || !told(StateRounding, b.Size-requested) {
					return
				}
			default:
				if pool.IsPrivate() {
					if !told(StateParked, b.Size) {
						return
					}
					break
				}
				from, to := s.returned(at, end, page)
				if from == to { // nothing goes back
					from, to = end, end
				}
				if !told(StateStranded, from-at) || !told(StateReleasable, to-from) || !told(StateStranded, end-to) {
					return
				}
			}
			at = end
		}
	}
}
