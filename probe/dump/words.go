package dump

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

// words are the Values of words that have a meaning.
type words struct {
	// The states of blocks by the lowest bits of their Values: the words that a
	// Decoder is asked for first differ in them.
	states  [64]stateWord
	actions map[pickle.Value]fragcalc.TraceKind
}

// stateWord is a state's name in a file.
type stateWord struct {
	name  pickle.Value
	known bool
	state fragcalc.BlockState
}

func newWords(d *pickle.Decoder) words {
	w := words{actions: map[pickle.Value]fragcalc.TraceKind{}}
	for _, s := range []struct {
		name  string
		state fragcalc.BlockState
	}{
		{"inactive", fragcalc.BlockFree},
		{"active_allocated", fragcalc.BlockUsed},
		// PyTorch's docstring and its code disagree on this name.
		{"active_pending_free", fragcalc.BlockPending},
		{"active_awaiting_free", fragcalc.BlockPending},
	} {
		v := d.Key(s.name)
		w.states[v%pickle.Value(len(w.states))] = stateWord{v, true, s.state}
	}
	for name, kind := range map[string]fragcalc.TraceKind{
		"alloc":          fragcalc.TraceAlloc,
		"free_requested": fragcalc.TraceFreeRequested,
		"free_completed": fragcalc.TraceFreeCompleted,
		"segment_alloc":  fragcalc.TraceSegmentAlloc,
		"segment_free":   fragcalc.TraceSegmentFree,
		"segment_map":    fragcalc.TraceSegmentMap,
		"segment_unmap":  fragcalc.TraceSegmentUnmap,
		"oom":            fragcalc.TraceOOM,
	} {
		w.actions[d.Key(name)] = kind
	}
	return w
}

// stateOf is a block's state.
func (w *words) stateOf(v pickle.Value) (fragcalc.BlockState, bool) {
	s := &w.states[v%pickle.Value(len(w.states))]
	return s.state, s.known && s.name == v
}

// actionOf is what an event is; false for what is no string. Actions that are
// not known change nothing in the allocator: newer versions add such.
func (w *words) actionOf(d *pickle.Decoder, v pickle.Value) (fragcalc.TraceKind, bool) {
	kind, known := w.actions[v]
	if !known {
		_, known = d.Text(v)
	}
	return kind, known
}
