package advice

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// walk is what one pass over the blocks of a process shows.
type walk struct {
	blocks     int
	expandable bool           // a default pool has expandable segments
	largest    fragcalc.Block // the largest used block
	pins       []pin          // the worst ones, worst first
	sizes      variety        // of requests for used blocks of the large pool
	tails      int64          // bytes of used blocks beyond the next 512: unsplit tails, rounding by a setting
	private    int            // private pools
}

// pin is a segment that could go back to the driver, were it not for a few
// small live blocks.
type pin struct {
	segment int64 // its size
	free    int64
	live    int64          // bytes
	blocks  int            // live ones
	block   fragcalc.Block // the largest of them
}

const (
	// pinShare is the share of a segment that its live blocks may have for it to
	// count as pinned by something small.
	pinShare = 1.0 / 16
	// pinSegment is the smallest segment that counts. Smaller ones are the
	// small pool's, which is made of small blocks.
	pinSegment = 20 * mib
	// pinsKept bounds how many are kept.
	pinsKept = 64
)

// look passes over the blocks once.
func look(pools []fragcalc.Pool) walk {
	var w walk
	for i := range pools {
		for j := range pools[i].Segments {
			w.blocks += len(pools[i].Segments[j].Blocks)
		}
	}
	w.sizes.every = w.blocks/sampled + 1
	seen := map[[2]uint64]bool{}
	for i := range pools {
		pool := &pools[i]
		if pool.IsPrivate() && !seen[pool.Private] {
			seen[pool.Private] = true
			w.private++
		}
		for j := range pool.Segments {
			w.segment(pool, &pool.Segments[j])
		}
	}
	return w
}

func (w *walk) segment(pool *fragcalc.Pool, s *fragcalc.Segment) {
	private := pool.IsPrivate()
	w.expandable = w.expandable || s.Expandable && !private
	p := pin{segment: s.Size}
	for i := range s.Blocks {
		b := &s.Blocks[i]
		if b.State == fragcalc.BlockFree {
			p.free += b.Size
			continue
		}
		p.live += b.Size
		p.blocks++
		if b.Size > p.block.Size {
			p.block = *b
		}
		if b.State != fragcalc.BlockUsed {
			continue
		}
		if b.Size > w.largest.Size {
			w.largest = *b
		}
		w.tails += max(b.Size-b.Requested, 0) / 512 * 512
		if !pool.Small {
			w.sizes.add(b.Requested)
		}
	}
	// Of an expandable segment a block keeps a page at most; a private pool
	// keeps its segments anyway.
	if private || s.Expandable || p.blocks == 0 || s.Size < pinSegment || float64(p.live) > pinShare*float64(s.Size) {
		return
	}
	w.keep(p)
}

// keep keeps a pin among the worst.
func (w *walk) keep(p pin) {
	at, _ := slices.BinarySearchFunc(w.pins, p.free, func(q pin, free int64) int { return cmp.Compare(free, q.free) })
	if at >= pinsKept {
		return
	}
	w.pins = slices.Insert(w.pins, at, p)
	w.pins = w.pins[:min(len(w.pins), pinsKept)]
}
