package dump

import (
	"fmt"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

// maxDevices is more than any machine has.
const maxDevices = 1024

// segment is a segment with the device it is on.
type segment struct {
	fragcalc.WalkSegment
	device int
}

func (r *reader) segment(p *plan, pairs []pickle.Value) (uint32, error) {
	var s segment
	var err error
	if s.Address, err = r.address(p, pairs, fAddress); err != nil {
		return 0, err
	}
	if s.Size, err = r.size(p, pairs, fTotalSize); err != nil {
		return 0, err
	}
	if p.at[fDevice] != 0 {
		device, err := r.size(p, pairs, fDevice)
		if err != nil {
			return 0, err
		}
		if device >= maxDevices {
			return 0, fmt.Errorf("a segment on device %d", device)
		}
		s.device = int(device)
	}
	if p.at[fStream] != 0 {
		if s.Stream, err = r.address(p, pairs, fStream); err != nil {
			return 0, err
		}
	}
	if p.at[fPoolID] != 0 {
		var ok bool
		if s.Private, ok = r.pool(pairs[p.at[fPoolID]]); !ok {
			return 0, r.wrong(p, pairs, fPoolID)
		}
	}
	if s.Small, err = r.isSmall(p, pairs); err != nil {
		return 0, err
	}
	if p.at[fExpandable] != 0 {
		s.Expandable = pairs[p.at[fExpandable]] == pickle.True
	}
	from, count, ok := r.decoder.Take(pairs[p.at[fBlocks]], kindBlock)
	if !ok {
		return 0, r.wrong(p, pairs, fBlocks)
	}
	s.Blocks = r.blocks.slice(from, count)
	if err := tile(&s.Segment); err != nil {
		return 0, err
	}
	if err := r.agrees(p, pairs, s.Blocks); err != nil {
		return 0, err
	}
	r.segments = append(r.segments, s)
	return uint32(len(r.segments) - 1), nil
}

func (r *reader) isSmall(p *plan, pairs []pickle.Value) (bool, error) {
	if p.at[fSegmentType] == 0 {
		return false, r.wrong(p, pairs, fSegmentType)
	}
	switch kind, _ := r.decoder.Text(pairs[p.at[fSegmentType]]); kind {
	case "small":
		return true, nil
	case "large":
		return false, nil
	}
	return false, r.wrong(p, pairs, fSegmentType)
}

// tile checks that the blocks are the segment, without gaps, and fills in
// addresses that the file does not have.
func tile(s *fragcalc.Segment) error {
	if s.Size <= 0 || s.Address+uint64(s.Size) < s.Address {
		return fmt.Errorf("segment %#x has a size of %d", s.Address, s.Size)
	}
	at, left := s.Address, s.Size
	for i := range s.Blocks {
		b := &s.Blocks[i]
		if b.Address == addressless {
			b.Address = at
		}
		switch {
		case b.Address != at:
			return fmt.Errorf("segment %#x: a block at %#x where %#x is next", s.Address, b.Address, at)
		case b.Size <= 0 || b.Size > left:
			return fmt.Errorf("segment %#x: its blocks do not fit into its %d bytes", s.Address, s.Size)
		}
		at += uint64(b.Size)
		left -= b.Size
	}
	if left != 0 {
		return fmt.Errorf("segment %#x: its blocks leave %d of its %d bytes out", s.Address, left, s.Size)
	}
	return nil
}

// agrees checks the segment's own sums against its blocks.
func (r *reader) agrees(p *plan, pairs []pickle.Value, blocks []fragcalc.Block) error {
	var used, active int64
	for i := range blocks {
		switch blocks[i].State {
		case fragcalc.BlockUsed:
			used += blocks[i].Size
			active += blocks[i].Size
		case fragcalc.BlockPending:
			active += blocks[i].Size
		}
	}
	for _, sum := range []struct {
		field  field
		blocks int64
	}{{fAllocatedSize, used}, {fActiveSize, active}} {
		if p.at[sum.field] == 0 {
			continue
		}
		told, err := r.size(p, pairs, sum.field)
		switch {
		case err != nil:
			return err
		case told != sum.blocks:
			return fmt.Errorf("a segment: its %s is %d, that of its blocks %d", fieldNames[sum.field], told, sum.blocks)
		}
	}
	return nil
}
