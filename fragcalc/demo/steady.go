package demo

import "github.com/gpufragtop/gpufragtop/fragcalc/whatif"

// steady trains with fixed shapes: after its first step it asks for nothing that
// it has not asked for before.
type steady struct {
	heap
	weights     []uint64
	activations []uint64
	backward    bool
}

const (
	steadyLayers = 32
	steadyBlocks = 4 // activations a layer
)

func newSteady(a *whatif.Allocator) *steady {
	w := &steady{heap: heap{a}}
	for range steadyLayers {
		for _, size := range []int64{48 * mib, 16 * mib, 64 * mib} {
			for range 4 {
				w.get(&w.weights, size, 0)
			}
		}
		for range 6 {
			w.get(&w.weights, 16<<10, 0)
		}
	}
	return w
}

func (w *steady) tick(int64) {
	const step = 5 * steadyBlocks // blocks a tick
	if w.backward {
		w.drop(&w.activations, max(len(w.activations)-step, 0))
		w.backward = len(w.activations) > 0
		return
	}
	for range step {
		if !w.get(&w.activations, 32*mib, 0) {
			break
		}
	}
	w.backward = len(w.activations) >= steadyLayers*steadyBlocks
}
