package dump

import (
	"fmt"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

// Bounds of segments.
const (
	mostDevices  = 1024    // more than any machine has
	mostSegments = 1 << 23 // bounds their memory to 1 GiB
	mostReserved = 1 << 50 // bytes on a device
)

// segment is a segment with the device it is on.
type segment struct {
	fragcalc.WalkSegment
	device int
}

// segmentStore holds all segments, in the order of the file, in chunks, as
// blockStore does.
type segmentStore struct {
	chunks [][]segment
	count  uint32
}

const (
	segmentBits  = 8
	segmentChunk = 1 << segmentBits
)

func (s *segmentStore) add(one segment) uint32 {
	if s.count&(segmentChunk-1) == 0 {
		s.chunks = append(s.chunks, make([]segment, segmentChunk))
	}
	*s.at(s.count) = one
	s.count++
	return s.count - 1
}

func (s *segmentStore) at(i uint32) *segment {
	return &s.chunks[i>>segmentBits][i&(segmentChunk-1)]
}

func (r *reader) segment(p *plan, values []pickle.Value) (uint32, error) {
	var s segment
	var err error
	if s.Address, err = r.address(p, values, fAddress); err != nil {
		return 0, err
	}
	if s.Size, err = r.size(p, values, fTotalSize); err != nil {
		return 0, err
	}
	if p.has(fDevice) {
		device, err := r.size(p, values, fDevice)
		if err != nil {
			return 0, err
		}
		if device >= mostDevices {
			return 0, fmt.Errorf("a segment on device %d", device)
		}
		s.device = int(device)
	}
	if p.has(fStream) {
		if s.Stream, err = r.address(p, values, fStream); err != nil {
			return 0, err
		}
	}
	if p.has(fPoolID) {
		var ok bool
		if s.Private, ok = r.pool(values[p.at[fPoolID]]); !ok {
			return 0, r.wrong(p, values, fPoolID)
		}
	}
	if s.Small, err = r.isSmall(p, values); err != nil {
		return 0, err
	}
	if p.has(fExpandable) {
		s.Expandable = values[p.at[fExpandable]] == pickle.True
	}
	from, count, ok := r.decoder.Take(values[p.at[fBlocks]], kindBlock)
	if !ok {
		return 0, r.wrong(p, values, fBlocks)
	}
	s.Blocks = r.blocks.slice(from, count)
	used, active, err := tile(&s.Segment)
	if err == nil {
		err = r.agrees(p, values, used, active)
	}
	if err != nil {
		return 0, err
	}
	if r.segments.count == mostSegments {
		return 0, fmt.Errorf("more than %d segments", mostSegments)
	}
	return r.segments.add(s), nil
}

func (r *reader) isSmall(p *plan, values []pickle.Value) (bool, error) {
	if !p.has(fSegmentType) {
		return false, r.wrong(p, values, fSegmentType)
	}
	switch kind, _ := r.decoder.Text(values[p.at[fSegmentType]]); kind {
	case "small":
		return true, nil
	case "large":
		return false, nil
	}
	return false, r.wrong(p, values, fSegmentType)
}

// tile checks that the blocks are the segment, without gaps, and fills in
// addresses that the file does not have. It returns the sums of used blocks, and
// of used and pending ones.
func tile(s *fragcalc.Segment) (used, active int64, err error) {
	if s.Size <= 0 || s.Address+uint64(s.Size) < s.Address {
		return 0, 0, fmt.Errorf("segment %#x has a size of %d", s.Address, s.Size)
	}
	at, left := s.Address, s.Size
	var sums [4]int64 // by state
	for i := range s.Blocks {
		b := &s.Blocks[i]
		if b.Address == addressless {
			b.Address = at
		}
		switch {
		case b.Address != at:
			return 0, 0, fmt.Errorf("segment %#x: a block at %#x where %#x is next", s.Address, b.Address, at)
		case b.Size <= 0 || b.Size > left:
			return 0, 0, fmt.Errorf("segment %#x: its blocks do not fit into its %d bytes", s.Address, s.Size)
		}
		at += uint64(b.Size)
		left -= b.Size
		sums[b.State%4] += b.Size
	}
	if left != 0 {
		err = fmt.Errorf("segment %#x: its blocks leave %d of its %d bytes out", s.Address, left, s.Size)
	}
	used = sums[fragcalc.BlockUsed]
	return used, used + sums[fragcalc.BlockPending], err
}

// agrees checks the segment's own sums against those of its blocks.
func (r *reader) agrees(p *plan, values []pickle.Value, used, active int64) error {
	for _, sum := range []struct {
		field  field
		blocks int64
	}{{fAllocatedSize, used}, {fActiveSize, active}} {
		if !p.has(sum.field) {
			continue
		}
		told, err := r.size(p, values, sum.field)
		switch {
		case err != nil:
			return err
		case told != sum.blocks:
			return fmt.Errorf("a segment: its %s is %d, that of its blocks %d", fieldNames[sum.field], told, sum.blocks)
		}
	}
	return nil
}
