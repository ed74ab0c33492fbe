package whatif

import (
	"cmp"
	"slices"
)

// addressSpace hands out ranges of addresses, aligned to 2 MiB as the driver's
// large allocations are: the lowest hole that is large enough, else new space.
type addressSpace struct {
	next  uint64 // nothing was ever handed out from here on
	holes []hole // below next, in order, never touching one another
}

type hole struct{ from, to uint64 }

func (s *addressSpace) take(size int64) uint64 {
	length := uint64(roundUp(size, roundLarge))
	for i, h := range s.holes {
		if h.to-h.from < length {
			continue
		}
		s.holes[i].from += length
		if s.holes[i].from == h.to {
			s.holes = slices.Delete(s.holes, i, i+1)
		}
		return h.from
	}
	address := s.next
	s.next += length
	return address
}

func (s *addressSpace) give(address uint64, size int64) {
	end := address + uint64(roundUp(size, roundLarge))
	at, _ := slices.BinarySearchFunc(s.holes, address, func(h hole, address uint64) int {
		return cmp.Compare(h.from, address)
	})
	from, to := at, at // the holes that the new one swallows
	if at > 0 && s.holes[at-1].to == address {
		from, address = at-1, s.holes[at-1].from
	}
	if at < len(s.holes) && s.holes[at].from == end {
		to, end = at+1, s.holes[at].to
	}
	if end == s.next {
		s.next = address
		s.holes = slices.Delete(s.holes, from, to)
		return
	}
	s.holes = slices.Replace(s.holes, from, to, hole{address, end})
}
