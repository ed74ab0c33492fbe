package whatif

import (
	"errors"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Recover finds out from a trace, and from the walk at its end, what the
// program asked of its allocator. It replays the trace under the settings it
// was recorded with, the trace answering for the driver, and compares every
// address: Program.Report says how far the two agree.
//
// What a trace does not say is inferred. An explicit release is told from that
// of a failing allocation by what it leads to (see settle). Blocks of private
// pools are known by their segments where the trace has no pool ids (before
// PyTorch 2.10). A trace that is Cut is given a start (see findStart).
//
// total is the recording device's memory in bytes, 0 = not known: it matters to
// expandable segments, whose address space it bounds.
func Recover(trace *fragcalc.Trace, final []fragcalc.Pool, config Config, total int64) (p *Program, err error) {
	defer func() {
		if recover() != nil { // a hostile trace can contradict every invariant
			p, err = nil, errContradiction
		}
	}()
	if trace == nil || len(trace.Events) == 0 {
		return nil, errors.New("no allocation history was recorded: record_memory_history was off")
	}
	if len(trace.Events) > mostEvents {
		return nil, errors.New("the trace is too long: more than 100 million events")
	}
	for i := range trace.Events {
		if trace.Events[i].Pooled {
			config.ExpandablePrivatePools = true // both came in 2.10
			break
		}
	}
	r := &recovery{
		events: trace.Events,
		final:  final,
		tape:   newTape(trace.Events, total),
		slots:  map[uint64]int32{},
		p:      &Program{config: config, pools: [][2]uint64{{}}},
	}
	r.p.Report.FirstMiss = -1
	r.p.Report.Cut = trace.Cut
	r.owners = newOwners(final)
	r.stays = staying(trace.Events)
	r.p.start = findStart(trace.Events, final, r.owners, &config)
	r.begin()
	for i := 0; i < len(r.events); i++ {
		i = r.event(i)
	}
	r.closeWindow()
	r.end()
	return r.p, nil
}

var errContradiction = errors.New("the trace contradicts itself: it is no record of one allocator")

const mostEvents = 100_000_000

// recovery is the state of Recover.
type recovery struct {
	events []fragcalc.TraceEvent
	final  []fragcalc.Pool
	owners owners
	stays  map[int]bool // segments that are never given back, by event
	tape   *tape
	player *player
	slots  map[uint64]int32 // of live and pending blocks, by recorded address
	p      *Program

	window    []int // the driver's events and completions since the last request
	driver    []int // those of the driver among them
	peak      int64 // reserved
	late      []op  // to come after the allocation underway
	retries   int   // releases that were not, beyond doubt
	certain   int   // releases that were explicit beyond doubt
	limit     int64 // reserved bytes that were refused, where an OOM told; else 0
	allocated int   // slots given out
}

func (r *recovery) begin() {
	config := r.p.config
	config.Fraction = 0 // the tape says when the device is full, and what was collected
	a := New(config, r.tape)
	r.player = newPlayer(a, 0)
	r.allocated = len(r.p.start.blocks)
	r.player.blocks = a.restore(r.p.start)
	for _, old := range r.p.start.blocks {
		r.slots[old.address] = old.slot
		if old.pending {
			r.player.waiting = append(r.player.waiting, old.slot)
		}
	}
	a.ResetPeaks()
	r.peak = a.stats.Reserved.Current
	r.p.Report.Older = len(r.p.start.blocks)
}

// event takes in the event at i and returns the last one it took.
func (r *recovery) event(i int) int {
	e := &r.events[i]
	switch e.Kind {
	case fragcalc.TraceAlloc:
		r.malloc(i)
	case fragcalc.TraceOOM:
		r.window, r.driver = append(r.window, i), append(r.driver, i)
		r.failed(i)
	case fragcalc.TraceFreeRequested:
		r.closeWindow()
		slot, known := r.slots[e.Address]
		if !known {
			return i
		}
		if i+1 < len(r.events) && r.events[i+1].Kind == fragcalc.TraceFreeCompleted && r.events[i+1].Address == e.Address && !r.releaseAt(i+2) {
			delete(r.slots, e.Address)
			r.emit(op{kind: opFree, slot: slot, event: int32(i)})
			r.player.free(slot)
			return i + 1
		}
		r.emit(op{kind: opGiveBack, slot: slot, event: int32(i)})
		r.player.giveBack(slot)
	case fragcalc.TraceFreeCompleted:
		r.window = append(r.window, i)
	case fragcalc.TraceSegmentAlloc, fragcalc.TraceSegmentFree, fragcalc.TraceSegmentMap, fragcalc.TraceSegmentUnmap:
		r.window, r.driver = append(r.window, i), append(r.driver, i)
	}
	return i
}

func (r *recovery) emit(o op) { r.p.ops = append(r.p.ops, o) }

// releaseAt tells whether a release follows at i, after completions at most: a
// block that was freed right before may then have been pending until its
// synchronisation.
func (r *recovery) releaseAt(i int) bool {
	for ; i < len(r.events); i++ {
		switch r.events[i].Kind {
		case fragcalc.TraceFreeCompleted:
		case fragcalc.TraceSegmentFree, fragcalc.TraceSegmentUnmap, fragcalc.TraceOOM:
			return true
		default:
			return false
		}
	}
	return false
}

// complete ends the waits that the window says have ended.
func (r *recovery) complete() {
	for _, i := range r.window {
		if e := &r.events[i]; e.Kind == fragcalc.TraceFreeCompleted {
			if slot, known := r.slots[e.Address]; known {
				delete(r.slots, e.Address)
				r.emit(op{kind: opComplete, slot: slot, event: int32(i)})
				r.player.complete(slot)
			}
		}
	}
}

// closeWindow takes in what happened before a request that is no allocation: a
// release there was explicit.
func (r *recovery) closeWindow() {
	if len(r.window) == 0 {
		return
	}
	r.tape.show(r.driver)
	if released, _, _ := r.releases(); released {
		r.explicit(r.window[0])
	}
	r.complete()
	r.agree(r.window[0])
	r.window, r.driver = r.window[:0], r.driver[:0]
}

// malloc takes in an allocation and what its allocator did for it.
func (r *recovery) malloc(i int) {
	e := &r.events[i]
	pool := r.pool(e)
	r.tape.show(r.driver)
	released, grown, size := r.releases()
	if !released {
		r.complete() // the allocator looks for completed events first
	} else {
		r.release(i, e, pool, grown, size)
	}
	slot := int32(r.allocated)
	r.allocated++
	r.player.blocks = append(r.player.blocks, nil)
	r.emit(op{kind: opMalloc, slot: slot, pool: r.p.pool(pool), size: e.Size, stream: e.Stream, event: int32(i)})
	r.tape.expect(i, e.Stream, r.p.config.Round(e.Size) <= smallLimit, r.player.a)
	before := r.player.a.stats.Reserved.Current
	err := r.player.malloc(slot, e.Size, e.Stream, pool)
	r.player.a.unsearched = false
	r.p.ops = append(r.p.ops, r.late...)
	r.late = r.late[:0]
	r.peak = max(r.peak, before, r.player.a.stats.Reserved.Current)
	if released {
		r.complete()
	}
	r.window, r.driver = r.window[:0], r.driver[:0]
	r.slots[e.Address] = slot
	r.p.Report.Allocations++
	exact := err == nil && r.player.blocks[slot].address == e.Address
	if exact {
		r.p.Report.Exact++
	}
	if !r.agree(i) || !exact {
		r.miss(i)
	}
}

// failed takes in an allocation that ended in an out-of-memory error.
func (r *recovery) failed(i int) {
	e := &r.events[i]
	r.tape.show(r.driver)
	slot := int32(r.allocated)
	r.allocated++
	r.player.blocks = append(r.player.blocks, nil)
	r.emit(op{kind: opTry, slot: slot, size: e.Size, stream: e.Stream, event: int32(i)})
	for k, index := range r.driver {
		if index == i {
			r.tape.used[k] = true // the failure itself
		}
	}
	r.tape.expect(i, e.Stream, r.p.config.Round(e.Size) <= smallLimit, r.player.a)
	r.tape.failing = true
	if err := r.player.malloc(slot, e.Size, e.Stream, [2]uint64{}); err == nil {
		r.player.free(slot)
		r.miss(i)
	}
	r.tape.failing = false
	r.complete()
	r.agree(i)
	r.window, r.driver = r.window[:0], r.driver[:0]
	r.noteLimit(e)
}

// agree closes the tape's window and notes the first disagreement.
func (r *recovery) agree(i int) bool {
	if r.tape.finish() {
		return true
	}
	r.miss(i)
	return false
}

func (r *recovery) miss(i int) {
	if r.p.Report.FirstMiss < 0 {
		r.p.Report.FirstMiss = i
	}
}

// end settles what is open and keeps what the recording ended with.
func (r *recovery) end() {
	r.p.slots = r.allocated
	a := r.player.a
	r.p.Report.Final = sameBlocks(a.Segments(), r.final)
	r.p.Recorded = resultOf(a)
	r.p.Recorded.Retries += int64(r.settle() + r.retries)
	if last := len(r.p.ops) - 1; last >= 0 && r.p.ops[last].kind == opTry { // the program died of it
		o := &r.p.ops[last]
		r.p.Recorded.OOMEvent = int(o.event)
		r.p.Recorded.OOM = &OutOfMemoryError{
			Requested: o.size, Segment: a.config.SegmentSize(a.config.Round(o.size)), Reserved: a.stats.Reserved.Current,
			DeviceFree: r.events[o.event].DeviceFree, Allowed: a.Allowed(),
		}
	}
}
