// Package demo is a GPU node that exists only in memory: two GPUs and a few
// processes whose allocators are models of PyTorch's (package whatif), under
// live workloads. For machines without a GPU, for screenshots and for tests. It
// is pure: the caller says what time it is.
package demo

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	// tick is the step in which the workloads advance.
	tick = 100 * time.Millisecond
	// warmUp is how many ticks have passed when a node is made: past one burst
	// of the server, so that there is something to see at once.
	warmUp = 950
	// catchUp is the most ticks that one call advances. The rest of a longer
	// gap is skipped, as if the workloads had been suspended.
	catchUp = 600
	// keptEvents bounds the node's events.
	keptEvents = 100
)

// Node is the demo node. Its state depends only on the seed, on the virtual time
// that passed since the first call, and on the releases asked for. It is safe
// for concurrent use.
type Node struct {
	mutex     sync.Mutex
	gpus      []*gpu
	processes []*process
	events    []fragcalc.Event
	start     time.Time // of the first call
	ticks     int64     // whole ticks from start that are done or skipped
	steps     int64     // ticks that the workloads have made, warm-up included
}

// NewNode returns a node that has been at work for a while.
func NewNode(seed int64) *Node {
	n := &Node{gpus: newGPUs(seed)}
	n.processes = newProcesses(seed, n.gpus)
	for range warmUp {
		n.step()
	}
	n.noteFailures(time.Time{})
	n.events = nil // what was before the first call is not told
	return n
}

// Snapshot advances the workloads to a time and returns the node's state.
func (n *Node) Snapshot(at time.Time) *fragcalc.Snapshot {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.advance(at)
	s := &fragcalc.Snapshot{
		At:     at,
		Host:   "demo",
		Driver: "580.95.05",
		CUDA:   "13.0",
		Demo:   true,
		Events: slices.Clone(n.events),
	}
	for i, g := range n.gpus {
		s.GPUs = append(s.GPUs, g.reading(i))
	}
	for _, p := range n.processes {
		s.Processes = append(s.Processes, p.rows(n.gpus, n.steps)...)
	}
	return s
}

// advance makes the whole ticks up to a time. Time that runs backwards stands
// still.
func (n *Node) advance(at time.Time) {
	if n.start.IsZero() {
		n.start = at
	}
	due := int64(at.Sub(n.start) / tick)
	for n.ticks = max(n.ticks, due-catchUp); n.ticks < due; n.ticks++ {
		n.step()
		n.noteFailures(n.start.Add(time.Duration(n.ticks+1) * tick))
	}
}

func (n *Node) step() {
	for _, p := range n.processes {
		p.step(n.steps)
	}
	for _, g := range n.gpus {
		g.step()
	}
	n.steps++
}

// noteFailures adds an event for each process that ran out of memory in a tick.
func (n *Node) noteFailures(at time.Time) {
	for _, p := range n.processes {
		for _, r := range p.ranks {
			if r.allocator == nil {
				continue
			}
			ooms := r.allocator.Stats().OOMs
			if ooms > r.ooms {
				n.note(fragcalc.Event{
					At: at, Scope: fragcalc.ScopeProcess, GPUUUID: n.gpus[r.gpu].uuid, PID: p.facts.PID,
					Kind: "oom", Text: "out of memory: an allocation failed after the cache was released",
				})
			}
			r.ooms = ooms
		}
	}
}

// note adds an event and forgets the oldest beyond the bound.
func (n *Node) note(e fragcalc.Event) {
	n.events = append(n.events, e)
	if extra := len(n.events) - keptEvents; extra > 0 {
		n.events = slices.Delete(n.events, 0, extra)
	}
}

// random returns the random numbers of one actor of a node.
func random(seed int64, actor int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), uint64(actor)))
}
