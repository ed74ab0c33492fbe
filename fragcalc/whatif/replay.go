package whatif

import (
	"errors"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Result is what an allocator ends with after a program's requests.
type Result struct {
	Stats
	Stranded     int64
	LargestFree  int64
	SegmentCount int               // as a walk shows them: mapped ranges of expandable ones included
	OOM          *OutOfMemoryError // the allocation that failed and ended the replay; nil = none
	OOMEvent     int               // its index in the trace; -1 = none
}

// resultOf measures an allocator.
func resultOf(a *Allocator) Result {
	pools := fragcalc.GroupPools(a.Segments())
	figures := fragcalc.Measure(pools, fragcalc.AllocatorSettings{LargeSegmentBytes: a.config.LargeSegmentSize})
	segments := 0
	for i := range pools {
		segments += len(pools[i].Segments)
	}
	return Result{
		Stats:        a.stats,
		Stranded:     figures.Stranded.Or(0),
		LargestFree:  figures.LargestFree.Or(0),
		SegmentCount: segments,
		OOMEvent:     -1,
	}
}

// Replay asks an allocator with other settings, on a device of total bytes (0 =
// without bound), what the program asked. Where an allocation fails for good the
// replay ends. Requests stay in order and none depends on an earlier answer:
// a program that adapts to its memory would do otherwise.
//
// A start that is older than the trace is taken over as it lies where both
// kinds of segments agree; else its blocks are allocated anew, in the order of
// their addresses.
func (p *Program) Replay(config Config, total int64) Result {
	if p.config.ExpandablePrivatePools {
		config.ExpandablePrivatePools = true
	}
	memory := NewMemory(total)
	d := &device{
		Memory:   memory,
		segments: addressSpace{next: 0x7e00_0000_0000},
		reserved: addressSpace{next: 0x302_0000_0000},
	}
	a := New(config, d)
	pl := newPlayer(a, p.slots)
	if result, failed := p.begin(pl, d); failed {
		return result
	}
	for i := range p.ops {
		o := &p.ops[i]
		switch o.kind {
		case opMalloc:
			if err := pl.malloc(o.slot, o.size, o.stream, p.pools[o.pool]); err != nil {
				return failed(a, err, int(o.event))
			}
		case opTry:
			if err := pl.malloc(o.slot, o.size, o.stream, p.pools[o.pool]); err != nil {
				return failed(a, err, int(o.event))
			}
			if i+1 < len(p.ops) { // the program went on without it
				pl.free(o.slot)
			}
		case opFree:
			pl.free(o.slot)
		case opGiveBack:
			pl.giveBack(o.slot)
		case opComplete:
			pl.complete(o.slot)
		case opEmptyCache:
			if o.held+o.size > min(memory.Total(), a.allowed) {
				continue // on such a device it was an allocation's own
			}
			a.EmptyCache()
		case opCollected:
			if a.collects() && float64(a.stats.Reserved.Current) <= a.config.GCThreshold*float64(a.allowed) {
				a.EmptyCache() // nothing to collect: the program asked for it
			}
		case opDropPool:
			pl.dropPool(p.pools[o.pool])
		}
	}
	return resultOf(a)
}

// begin gives the allocator the blocks that are older than the trace.
func (p *Program) begin(pl *player, d *device) (Result, bool) {
	a := pl.a
	if len(p.start.segments) == 0 {
		return Result{}, false
	}
	if a.config.ExpandableSegments == p.config.ExpandableSegments && a.config.LargeSegmentSize == p.config.WithDefaults().LargeSegmentSize {
		copy(pl.blocks, a.restore(p.start))
		last := p.start.segments[len(p.start.segments)-1]
		beyond := uint64(roundUp(int64(last.Address)+last.Size, roundLarge))
		d.segments.next = max(d.segments.next, beyond)
		d.reserved.next = max(d.reserved.next, beyond+uint64(d.Total()/4*5))
		if !d.Take(a.stats.Reserved.Current) {
			return failed(a, &OutOfMemoryError{Requested: a.stats.Reserved.Current, Segment: a.stats.Reserved.Current, Allowed: a.Allowed()}, 0), true
		}
		for _, old := range p.start.blocks {
			if old.pending {
				pl.waiting = append(pl.waiting, old.slot)
			}
		}
		a.ResetPeaks()
		return Result{}, false
	}
	for _, s := range p.start.segments {
		for _, b := range s.Blocks {
			if b.State == fragcalc.BlockFree {
				continue
			}
			i, _ := slices.BinarySearchFunc(p.start.blocks, b.Address, func(o older, address uint64) int {
				switch {
				case o.address < address:
					return -1
				case o.address > address:
					return 1
				}
				return 0
			})
			if err := pl.malloc(p.start.blocks[i].slot, max(b.Requested, 1), s.Stream, s.Private); err != nil {
				return failed(a, err, 0), true
			}
		}
	}
	a.ResetPeaks()
	return Result{}, false
}

func failed(a *Allocator, err error, event int) Result {
	r := resultOf(a)
	r.OOMEvent = event
	if !errors.As(err, &r.OOM) {
		r.OOM = &OutOfMemoryError{Allowed: a.Allowed()}
	}
	return r
}

// sameBlocks tells whether two walks show the same segments and blocks.
func sameBlocks(walk []fragcalc.WalkSegment, final []fragcalc.Pool) bool {
	ours := fragcalc.GroupPools(walk)
	if len(ours) != len(final) {
		return false
	}
	for i := range ours {
		if ours[i].PoolID != final[i].PoolID || len(ours[i].Segments) != len(final[i].Segments) {
			return false
		}
		for j := range ours[i].Segments {
			a, b := &ours[i].Segments[j], &final[i].Segments[j]
			same := a.Address == b.Address && a.Size == b.Size && a.Expandable == b.Expandable &&
				slices.EqualFunc(a.Blocks, b.Blocks, func(x, y fragcalc.Block) bool {
					return x.Address == y.Address && x.Size == y.Size && x.State == y.State && x.Requested == y.Requested
				})
			if !same {
				return false
			}
		}
	}
	return true
}
