package demo

import (
	"math/rand/v2"

	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

// server answers requests whose caches grow token by token. Load comes in
// bursts; what a burst needed stays reserved and idle after it.
type server struct {
	heap
	random   *rand.Rand
	weights  []uint64
	requests []*request
}

// request is one conversation: its key-value cache, and how many blocks of it
// are still to come.
type request struct {
	cache []uint64
	todo  int
}

const (
	serverLayers  = 40
	cacheBlock    = 14 * mib
	decodeStream  = 0
	prefillStream = 0x5581_2af0_41c0
	copyStream    = 0x5581_2af0_6e80

	burstPeriod = 2400 // ticks: four minutes
	burstLength = 700
	metricsEach = 250 // ticks: the server reports and resets its peaks
)

func newServer(a *whatif.Allocator, r *rand.Rand) *server {
	w := &server{heap: heap{a}, random: r}
	w.at(serverWeights)
	for range serverLayers {
		for _, size := range []int64{54 * mib, 36 * mib, 120 * mib, 120 * mib, 16 << 10, 16 << 10} {
			w.get(&w.weights, size, decodeStream)
		}
	}
	return w
}

// wanted is how many requests the load keeps running.
func wanted(now int64) int {
	if now%burstPeriod < burstLength {
		return 44
	}
	return 6
}

func (w *server) tick(now int64) {
	if now%metricsEach == 0 {
		w.ResetPeaks()
	}
	if now%3 != 0 {
		w.CompleteEvents()
	}
	arrives, length, prompt := w.random.IntN(3) > 0, 2+w.random.IntN(24), 1+w.random.Int64N(40)
	if arrives && len(w.requests) < wanted(now) {
		w.prefill(prompt)
		w.requests = append(w.requests, &request{todo: length})
	}
	running := w.requests[:0]
	for _, r := range w.requests {
		if w.random.IntN(4) == 0 {
			r.todo--
			w.at(serverCache)
			if !w.get(&r.cache, cacheBlock, decodeStream) {
				r.todo = 0 // out of memory: the answer is cut short
			}
		}
		if r.todo > 0 {
			running = append(running, r)
			continue
		}
		w.finish(r)
	}
	clear(w.requests[len(running):])
	w.requests = running
}

// prefill reads a prompt on its own stream, with some results copied out on
// another: those stay pending until the copy is done.
func (w *server) prefill(prompt int64) {
	var buffers []uint64
	for i, size := range []int64{prompt * mib, prompt * mib / 2, 300 << 10} {
		w.at([...]site{serverPrompt, serverPrompt, serverTokens}[i])
		if !w.get(&buffers, size, prefillStream) {
			break
		}
	}
	for _, address := range buffers {
		w.lend(address)
	}
	w.drop(&buffers, 0)
}

// finish frees a request's cache. Its last block is still being copied out.
func (w *server) finish(r *request) {
	if len(r.cache) > 0 {
		w.lend(r.cache[len(r.cache)-1])
	}
	w.drop(&r.cache, 0)
}

// lend notes that the copy stream uses a block.
func (w *server) lend(address uint64) {
	if err := w.RecordStream(address, copyStream); err != nil {
		panic(err) // the workload has lost track of what it holds
	}
}
