// Package change says what is different between two looks at the same process
// on the same GPU: figures, segments, blocks, and which bytes are stranded that
// were not. It is pure. Sizes are bytes.
//
// A byte is known by its pool and its address: what went from one pool to
// another is gone there and new here. So the sums close, for each pool and in
// total:
//
//	reserved after - before = New + Grown - Gone - Shrunk
//	used after - before     = Allocated - Freed
//	stranded after - before = Stranded - Unstranded
//
// A block is the same one when address, size, requested size and the stack that
// allocated it are. One that was freed, and allocated again at the same place,
// as large and by the same stack, cannot be told from one that was kept; where
// no stacks are recorded, a loop's temporaries often look kept for that reason.
// In the same way a segment that was given back, and got again with the same
// address and size, looks kept.
package change

import "github.com/gpufragtop/gpufragtop/fragcalc"

// Tally is a number of blocks, segments or ranges, and their bytes.
type Tally struct {
	Count int
	Bytes int64
}

func (t *Tally) add(bytes int64) { t.Count++; t.Bytes += bytes }

func (t *Tally) join(o Tally) { t.Count += o.Count; t.Bytes += o.Bytes }

// Totals are the differences of a pool or a process. What is about blocks is 0
// where Comparison.NoBlocks is not empty.
type Totals struct {
	New, Gone, Grown, Shrunk Tally // segments; of grown and shrunk ones the bytes that came or went
	Allocated, Freed, Kept   Tally // used blocks; a pending one counts as freed by the program
	Stranded, Unstranded     Tally // ranges that are stranded and were not, and the other way round
}

func (t *Totals) join(o Totals) {
	for _, pair := range [...]struct {
		to   *Tally
		from Tally
	}{
		{&t.New, o.New}, {&t.Gone, o.Gone}, {&t.Grown, o.Grown}, {&t.Shrunk, o.Shrunk},
		{&t.Allocated, o.Allocated}, {&t.Freed, o.Freed}, {&t.Kept, o.Kept},
		{&t.Stranded, o.Stranded}, {&t.Unstranded, o.Unstranded},
	} {
		pair.to.join(pair.from)
	}
}

// Comparison is what is different between two looks at a process.
type Comparison struct {
	Figures []Figure
	// NoWalk says why segments and blocks cannot be compared, and NoBlocks why
	// blocks cannot; empty where they can.
	NoWalk, NoBlocks string

	Totals
	Pools    []Pool     // those of the later look in its order, then those that are gone
	Segments []Segment  // those that differ, most bytes first
	Ranges   []Stranded // those newly stranded, largest first
	Stacks   []Stack    // by what the program allocated and freed, the largest difference first
}

// Pool is what is different in one pool.
type Pool struct {
	fragcalc.PoolID
	Before, After *fragcalc.Pool // nil: it was not there, it is gone
	Totals
}

// Compare compares two looks at the same process and GPU. One pass over the
// blocks of both.
func Compare(before, after *fragcalc.Process) Comparison {
	c := Comparison{Figures: figures(before, after)}
	c.NoWalk, c.NoBlocks = obstacles(before, after)
	if c.NoWalk != "" {
		return c
	}
	work := comparing{Comparison: &c, before: before, after: after, stacks: newByStack(before.Stacks, after.Stacks)}
	for _, pool := range pairPools(before.Pools, after.Pools) {
		work.pool(&pool)
		c.join(pool.Totals)
		c.Pools = append(c.Pools, pool)
	}
	c.Stacks = work.stacks.list()
	sortSegments(c.Segments)
	sortStranded(c.Ranges)
	return c
}

// obstacles are why the walks of two looks cannot be compared.
func obstacles(before, after *fragcalc.Process) (walk, blocks string) {
	for _, side := range [...]struct {
		name string
		p    *fragcalc.Process
	}{{"before", before}, {"after", after}} {
		switch {
		case side.p.Pools == nil:
			reason := side.p.LargestFree.Reason()
			if reason == "" {
				reason = "its allocator does not show its blocks"
			}
			reason = side.name + ": no walk: " + reason
			return reason, reason
		case blocks == "" && unrecorded(side.p.Pools):
			blocks = side.name + ": blocks were not recorded"
		}
	}
	return "", blocks
}

// unrecorded tells whether there are segments without their blocks.
func unrecorded(pools []fragcalc.Pool) bool {
	for i := range pools {
		for j := range pools[i].Segments {
			if s := &pools[i].Segments[j]; len(s.Blocks) == 0 && s.Size > 0 {
				return true
			}
		}
	}
	return false
}

// pairPools puts the pools of two looks side by side.
func pairPools(before, after []fragcalc.Pool) []Pool {
	there := make(map[fragcalc.PoolID]*fragcalc.Pool, len(before))
	for i := range before {
		there[before[i].PoolID] = &before[i]
	}
	pairs := make([]Pool, 0, len(after))
	for i := range after {
		id := after[i].PoolID
		pairs = append(pairs, Pool{PoolID: id, Before: there[id], After: &after[i]})
		delete(there, id)
	}
	for i := range before {
		if there[before[i].PoolID] == &before[i] {
			pairs = append(pairs, Pool{PoolID: before[i].PoolID, Before: &before[i]})
		}
	}
	return pairs
}

func segmentsOf(p *fragcalc.Pool) []fragcalc.Segment {
	if p == nil {
		return nil
	}
	return p.Segments
}

// comparing is a comparison under way.
type comparing struct {
	*Comparison
	before, after *fragcalc.Process
	stacks        *byStack
	sweep         sweep
}

func (w *comparing) pool(pool *Pool) {
	before, after := segmentsOf(pool.Before), segmentsOf(pool.After)
	w.segments(pool, before, after)
	if w.NoBlocks != "" {
		return
	}
	eachBlock(before, after, w.stacks.same, func(_ uint64, was, is *fragcalc.Block) {
		switch {
		case was == nil:
			pool.Allocated.add(is.Size)
			w.stacks.allocated(is)
		case is == nil:
			pool.Freed.add(was.Size)
			w.stacks.freed(was)
		default:
			pool.Kept.add(is.Size)
		}
	})
	w.strandings(pool, before, after)
}
