package demo

import (
	"math/rand/v2"

	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

// rollout generates text of varying length with expandable segments, and runs
// its decoder as CUDA graphs whose memory lies in a private pool.
type rollout struct {
	heap
	random  *rand.Rand
	weights []uint64
	graphs  []uint64 // outputs of the graphs, live in the private pool
	batches [][]uint64
}

const (
	rolloutLayers  = 40
	rolloutBatches = 8
)

func newRollout(a *whatif.Allocator, r *rand.Rand) *rollout {
	w := &rollout{heap: heap{a}, random: r}
	w.at(rolloutWeights)
	for range rolloutLayers {
		for _, size := range []int64{50 * mib, 17 * mib, 36 * mib, 36 * mib, 8 << 10, 8 << 10, 2 << 10} {
			w.get(&w.weights, size, 0)
		}
	}
	w.capture()
	return w
}

// capture records the decoder for several batch sizes. What a graph needs while
// it runs is free in its pool when it does not.
func (w *rollout) capture() {
	graph := [2]uint64{0, 1}
	if err := w.BeginPool(graph); err != nil {
		panic(err) // the first pool of a new allocator
	}
	for batch := int64(64); batch >= 1; batch /= 2 {
		var buffers []uint64
		w.at(rolloutGraphs)
		for range 6 {
			w.get(&buffers, batch*3*mib, 0)
		}
		w.at(rolloutOutputs)
		w.get(&w.graphs, batch*mib/2, 0)
		w.drop(&buffers, 0)
	}
	if err := w.EndPool(graph); err != nil {
		panic(err)
	}
}

func (w *rollout) tick(int64) {
	if len(w.batches) < rolloutBatches || w.random.IntN(3) > 0 {
		w.extend()
	}
	if len(w.batches) > rolloutBatches || w.random.IntN(12) == 0 {
		w.end(w.random.IntN(len(w.batches)))
	}
}

// extend starts a batch of answers, or lets a running one grow.
func (w *rollout) extend() {
	if len(w.batches) < rolloutBatches && w.random.IntN(2) == 0 || len(w.batches) == 0 {
		w.batches = append(w.batches, nil)
	}
	batch := &w.batches[w.random.IntN(len(w.batches))]
	w.at(rolloutStates)
	for range 4 {
		w.get(batch, 300<<10+w.random.Int64N(24*mib), 0)
	}
	w.at(rolloutLogProbs)
	w.get(batch, 1+w.random.Int64N(64<<10), 0)
}

func (w *rollout) end(i int) {
	w.drop(&w.batches[i], 0)
	last := len(w.batches) - 1
	w.batches[i] = w.batches[last]
	w.batches[last] = nil
	w.batches = w.batches[:last]
}
