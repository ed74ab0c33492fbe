package allocconf

import "math/bits"

const mib = int64(1) << 20

// Sizes of PyTorch's native allocator (c10/core/AllocatorConfig.h; unchanged
// since 2.0).
const (
	MinBlock     = 512      // all block sizes are multiples of it
	SmallLimit   = mib      // requests up to it come from small pools
	SmallSegment = 2 * mib  // segment and page size of small pools
	MinLarge     = 10 * mib // smaller large requests share segments
	RoundLarge   = 2 * mib  // granularity of segments of their own
	LargeSegment = 20 * mib // default of Config.LargeSegmentSize

	maxRounding = 20 * mib // default of Config.MaxNonSplitRounding
	divisions   = 16       // size classes of Config.RoundupPower2Divisions
)

// Round is the size of the block that serves a request: PyTorch's round_size.
func (c *Config) Round(size int64) int64 {
	if size < MinBlock {
		return MinBlock
	}
	return roundUp(size, c.Step(size))
}

// Step is the distance between the sizes of blocks that serve requests of about
// so many bytes.
func (c *Config) Step(size int64) int64 {
	n := c.RoundupPower2Divisions[divisionClass(size)]
	if n <= 1 || size <= MinBlock*n {
		return MinBlock
	}
	return int64(1) << (bits.Len64(uint64(size)) - 1) / n
}

// divisionClass is the index of a size in RoundupPower2Divisions: 0 below
// 2 MiB, then one for each doubling, the last from 32 GiB on.
func divisionClass(size int64) int {
	return min(max(bits.Len64(uint64(size))-bits.Len64(uint64(mib)), 0), divisions-1)
}

// SegmentSize is what a request of a rounded size asks the driver for when it
// needs a segment of its own: PyTorch's get_allocation_size.
func (c *Config) SegmentSize(rounded int64) int64 {
	switch {
	case rounded <= SmallLimit:
		return SmallSegment
	case rounded < MinLarge:
		return c.LargeSegmentSize
	default:
		return roundUp(rounded, RoundLarge)
	}
}

// PageSize is the unit in which expandable segments of a pool are mapped.
func (c *Config) PageSize(small bool) int64 {
	if small {
		return SmallSegment
	}
	return c.LargeSegmentSize
}

// roundUp returns the next multiple of unit. It wraps to a negative number when
// there is none.
func roundUp(size, unit int64) int64 { return (size + unit - 1) / unit * unit }
