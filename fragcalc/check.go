package fragcalc

import "fmt"

// MostBytes is the largest size that is believed of anything on one node:
// figures above it are damage, and sums of believed ones do not overflow.
const MostBytes = 1 << 48

// Check says what is wrong with a segment that came from a file: its blocks
// must be of known states, lie without gaps and fill it. A segment without any
// is one whose blocks were not recorded.
func (s *Segment) Check() error {
	if s.Size <= 0 || s.Size > MostBytes || s.Address+uint64(s.Size) < s.Address {
		return fmt.Errorf("segment %#x has an impossible size, %d", s.Address, s.Size)
	}
	at, end := s.Address, s.Address+uint64(s.Size)
	for i := range s.Blocks {
		b := &s.Blocks[i]
		switch {
		case b.Address != at:
			return fmt.Errorf("block %#x should be at %#x", b.Address, at)
		case b.Size <= 0 || uint64(b.Size) > end-at:
			return fmt.Errorf("block %#x has an impossible size, %d", b.Address, b.Size)
		case b.Requested < 0 || b.Requested > MostBytes:
			return fmt.Errorf("block %#x has an impossible requested size, %d", b.Address, b.Requested)
		case b.State > BlockPending:
			return fmt.Errorf("block %#x has an unknown state, %d", b.Address, b.State)
		}
		at += uint64(b.Size)
	}
	if len(s.Blocks) > 0 && at != end {
		return fmt.Errorf("the blocks of segment %#x end at %#x, not at %#x", s.Address, at, end)
	}
	return nil
}

// CheckSegments checks the segments of a pool, which lie in address order and
// hold at most MostBytes together.
func CheckSegments(segments []Segment) error {
	var total int64
	var end uint64
	for i := range segments {
		s := &segments[i]
		if err := s.Check(); err != nil {
			return err
		}
		if s.Address < end {
			return fmt.Errorf("segment %#x begins before the one in front of it ends", s.Address)
		}
		end = s.Address + uint64(s.Size)
		if total += s.Size; total > MostBytes {
			return fmt.Errorf("the segments of a pool hold more than %d bytes", int64(MostBytes))
		}
	}
	return nil
}
