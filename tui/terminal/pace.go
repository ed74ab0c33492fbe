package terminal

import "time"

// Asker is a model that asks dangerous questions. Keys that came as fast as no
// hand types, with the one that opened the question, do not answer it: they are
// text that was pasted into a terminal that does not mark it as such.
type Asker interface {
	// Asking tells whether a question is open that one key answers.
	Asking() bool
}

// handGap is the time between two keys below which no hand typed them.
const handGap = 15 * time.Millisecond

// hurry tells keys that nobody has typed.
type hurry struct {
	last   time.Time     // of the last key
	busy   time.Duration // of that since then, keys could not be taken
	before bool          // a question was open before the keys that came together
}

// worked says that for some time no key could be taken: keys that were typed
// one after the other then come together, and so do those that were pasted.
func (h *hurry) worked(d time.Duration) { h.busy += d }

// tooFast tells whether a key that came at a time must not reach the question
// that is open now.
func (h *hurry) tooFast(at time.Time, asking bool) bool {
	typed := at.Sub(h.last)-h.busy >= handGap
	h.before = asking && (typed || h.before)
	h.last, h.busy = at, 0
	return asking && !h.before
}
