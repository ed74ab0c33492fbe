package demo

import (
	"math/rand/v2"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

// trainer trains on sequences of varying length. Nearly every step asks for new
// sizes, and the hidden states that it keeps from earlier steps lie scattered
// among the activations and pin their segments.
type trainer struct {
	heap
	random      *rand.Rand
	weights     []uint64
	kept        []uint64 // hidden states of earlier steps, for a contrastive loss
	activations []uint64
	marks       []int // length of activations before each layer
	tokens      int64 // of this step's batch
	backward    bool
	spare       int64 // tokens' worth of work left over from the last tick
}

const (
	trainerLayers = 24
	trainerWidth  = 2048 * 2 // bytes of one token's hidden state
	tokensPerTick = 31_000   // through one layer
	pooled        = 3        // place of the pooled states among a layer's activations
	keepEvery     = 2        // layers
	keptStates    = 400
)

func newTrainer(a *whatif.Allocator, r *rand.Rand) *trainer {
	w := &trainer{heap: heap{a}, random: r}
	for range trainerLayers {
		for _, size := range []int64{24 * mib, 8 * mib, 32 * mib, 32 * mib} {
			for _, from := range []site{trainerWeights, trainerGradients, trainerMoments, trainerMoments} {
				w.at(from)
				w.get(&w.weights, size, 0)
			}
		}
		w.at(trainerWeights)
		for range 8 { // norms and biases
			w.get(&w.weights, 8<<10, 0)
		}
	}
	w.begin()
	return w
}

func (w *trainer) begin() {
	w.backward = false
	w.tokens = 3500 + w.random.Int64N(7000)
	if w.random.IntN(24) == 0 {
		w.tokens += 3500 // a batch of long documents
	}
}

func (w *trainer) tick(int64) {
	for w.spare += tokensPerTick; w.spare > 0; w.spare -= w.tokens {
		w.advance()
	}
}

// advance is one layer's work.
func (w *trainer) advance() {
	switch {
	case w.backward && len(w.marks) == 0:
		w.begin()
	case w.backward:
		w.backwardLayer()
	case len(w.marks) == trainerLayers:
		w.backward = true
		w.loss()
	case !w.forwardLayer():
		w.drop(&w.activations, 0) // out of memory: the batch is skipped
		w.marks = w.marks[:0]
		w.begin()
	}
}

// forwardLayer keeps what the backward pass will need.
func (w *trainer) forwardLayer() bool {
	w.marks = append(w.marks, len(w.activations))
	row := w.tokens * trainerWidth
	for i, size := range []int64{row, 3 * row, row, row / 5, row * 4, row * 4, w.tokens * 8} {
		w.at(trainerForward[i])
		if !w.get(&w.activations, size, 0) {
			return false
		}
	}
	return w.scratch(row * 2)
}

// backwardLayer frees a layer but for, in some, the pooled states.
func (w *trainer) backwardLayer() {
	last := len(w.marks) - 1
	w.at(trainerBackward)
	w.scratch(w.tokens * trainerWidth * 4)
	if last%keepEvery == 0 {
		w.keep(w.marks[last] + pooled)
	}
	w.drop(&w.activations, w.marks[last])
	w.marks = w.marks[:last]
}

// keep moves an activation to the kept states, in the place of a random one
// when there are enough.
func (w *trainer) keep(i int) {
	state := w.activations[i]
	w.activations = slices.Delete(w.activations, i, i+1)
	if len(w.kept) < keptStates {
		w.kept = append(w.kept, state)
		return
	}
	old := &w.kept[w.random.IntN(len(w.kept))]
	w.free(*old)
	*old = state
}

// loss needs the logits for a moment.
func (w *trainer) loss() {
	w.at(trainerLoss)
	w.scratch(w.tokens * 32_000 * 2)
}

// scratch allocates memory that is freed at once.
func (w *trainer) scratch(size int64) bool {
	var list []uint64
	got := w.get(&list, size, 0)
	w.drop(&list, 0)
	return got
}
