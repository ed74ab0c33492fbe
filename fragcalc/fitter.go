package fragcalc

import (
	"iter"
	"math"
)

// fitter answers what PyTorch's allocator does with a request, from a walk. Its
// steps are those of malloc in c10/cuda/CUDACachingAllocator.cpp.
type fitter struct {
	rules
	pools   []Pool
	room    Room
	held    int64 // reserved by the process
	allowed int64 // cap on it; mostBytes when there is none
	total   int64 // of the device; mostBytes when unknown
	whole   bool  // the walk shows all address space in use: nothing was ever unmapped
	returns Bytes // what a release returns, when it has been computed
	parked  Bytes // what more it returns of private pools, if nobody holds them
	largest map[poolAt]int64
	needs   map[needOf]int64
}

// poolAt and needOf are the keys of what is computed once for all questions.
type poolAt struct {
	pool *Pool
	at   phase
}

type needOf struct {
	poolAt
	small   bool
	rounded int64
	hopeful bool
}

// phase is what has happened between the walk and the request.
type phase int

const (
	asItIs   phase = iota
	waited         // the device has done its work: pending blocks are free
	released       // and the cache has been released
)

func newFitter(pools []Pool, settings AllocatorSettings, room Room, held int64) *fitter {
	return &fitter{
		rules:   rulesFor(settings, pools),
		pools:   pools,
		room:    room,
		held:    held,
		allowed: min(room.Allowed.Or(math.MaxInt64), mostBytes),
		total:   mostBytes,
		whole:   room.DeviceFrees == Of[int64](0),
		largest: map[poolAt]int64{},
		needs:   map[needOf]int64{},
	}
}

// freeBlock is a free block as a request finds it.
type freeBlock struct {
	address    uint64
	size       int64
	room       int64 // size and the unmapped space behind it
	unsplit    bool  // it is all of its segment
	expandable bool
	last       bool  // what is behind it is the rest of the reservation
	unsure     int64 // size of another block that may be taken in its place; 0 = none
}

// before is the order of a pool's free blocks.
func (b freeBlock) before(o freeBlock) bool {
	return b.size < o.size || b.size == o.size && b.address < o.address
}

// freeBlocks are the blocks of a pool that can serve requests, in address order.
// Those in expandable segments do not, once that setting is off.
func (g *fitter) freeBlocks(pool *Pool, at phase) iter.Seq[freeBlock] {
	return func(yield func(freeBlock) bool) {
		if pool == nil {
			return
		}
		page := g.PageSize(pool.Small)
		for s, behind := range g.places(pool) {
			if s.Expandable && !g.expandable {
				continue
			}
			for free, part := range s.spans(at != asItIs) {
				if !free {
					continue
				}
				b := freeBlock{expandable: s.Expandable, unsplit: part == span{0, s.Size}}
				gone := span{part.to, part.to}
				if at == released && !pool.IsPrivate() {
					if from, to := s.returned(part.from, part.to, page); from < to {
						gone, b.unsplit = span{from, to}, false
					}
				}
				rest := int64(0) // unmapped behind part
				if s.Expandable && part.to == s.Size {
					rest, b.last = behind.space, !behind.joined
				}
				if b.size = gone.from - part.from; b.size > 0 {
					b.address, b.room = s.Address+uint64(part.from), b.size+gone.to-gone.from
					if gone.to == part.to {
						b.room += rest
					}
					if !yield(b) {
						return
					}
				}
				if b.size = part.to - gone.to; b.size > 0 {
					b.address, b.room = s.Address+uint64(gone.to), b.size+rest
					if !yield(b) {
						return
					}
				}
			}
		}
	}
}

// behind is what follows a mapped range of an expandable segment.
type behind struct {
	space  int64 // address space without memory
	joined bool  // then comes the next range of the same reservation
}

// places are the segments of a pool and what is behind each. A reservation is
// an eighth more than the device, so that ranges further apart are of two; where
// nothing was ever unmapped, each range is one reservation.
func (g *fitter) places(pool *Pool) iter.Seq2[*Segment, behind] {
	return func(yield func(*Segment, behind) bool) {
		length := roundUp(g.total+g.total/8, g.PageSize(pool.Small))
		start, inside := uint64(0), false
		for i := range pool.Segments {
			s := &pool.Segments[i]
			var b behind
			if s.Expandable {
				if !inside {
					start = s.Address
				}
				end := s.Address + uint64(s.Size)
				b.space = max(0, length-int64(end-start))
				if next := nextRange(pool.Segments[i+1:]); next != nil && !g.whole && int64(next.Address+uint64(next.Size)-start) <= length {
					b = behind{int64(next.Address - end), true}
				}
				inside = b.joined
			}
			if !yield(s, b) {
				return
			}
		}
	}
}

func nextRange(segments []Segment) *Segment {
	for i := range segments {
		if segments[i].Expandable {
			return &segments[i]
		}
	}
	return nil
}

// serves tells whether the allocator hands out b for a rounded request: the
// rules for oversize blocks. Where it may be another block that is looked at, a
// hopeful answer takes either.
func (g *fitter) serves(b freeBlock, rounded int64, hopeful bool) bool {
	if b.unsure > 0 {
		other := g.serves(freeBlock{size: b.unsure}, rounded, hopeful)
		this := g.serves(freeBlock{size: b.size}, rounded, hopeful)
		return this && other || hopeful && (this || other)
	}
	if rounded < g.MaxSplitSize {
		return b.size < g.MaxSplitSize
	}
	return b.size-rounded < g.MaxNonSplitRounding
}
