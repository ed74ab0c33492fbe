package demo

import (
	"math/rand/v2"

	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

// resident is a program of which only its GPU memory can be seen.
type resident struct {
	rank   *rank
	memory *whatif.Memory
	random *rand.Rand // nil: the memory stays as it is
	base   int64
}

// occupy gives the process a rank of which only the GPU memory is known.
func (p *process) occupy(gpus []*gpu, i int, size int64, r *rand.Rand) {
	memory := gpus[i].memory
	memory.Take(size)
	it := &rank{gpu: i, context: size}
	it.workload = &resident{rank: it, memory: memory, random: r, base: size}
	p.ranks = append(p.ranks, it)
}

// tick lets the memory wander around its base, a few segments at a time.
func (w *resident) tick(int64) {
	if w.random == nil || w.random.IntN(15) > 0 {
		return
	}
	change := (w.random.Int64N(121) - 60) * 2 * mib
	switch size := w.rank.context + change; {
	case size < w.base-gib || size > w.base+gib:
		return
	case change < 0:
		w.memory.Give(-change)
	case !w.memory.Take(change):
		return
	}
	w.rank.context += change
}
