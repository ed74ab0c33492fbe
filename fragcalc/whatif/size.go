package whatif

import "math/bits"

const (
	mib = int64(1) << 20

	minBlock     = 512      // all block sizes are multiples of it
	smallLimit   = mib      // requests up to it come from small pools
	smallSegment = 2 * mib  // segment and page size of small pools
	minLarge     = 10 * mib // smaller large requests share segments
	roundLarge   = 2 * mib  // granularity of segments of their own
	largeSegment = 20 * mib // default of Config.LargeSegmentSize
	maxRounding  = 20 * mib // default of Config.MaxNonSplitRounding
	divisions    = 16       // size classes of Config.RoundupPower2Divisions
)

// round returns the size of the block that serves a request.
func (c *Config) round(size int64) int64 {
	if size < minBlock {
		return minBlock
	}
	n := c.RoundupPower2Divisions[divisionClass(size)]
	if n > 1 && size > minBlock*n {
		return roundToDivision(size, n)
	}
	return roundUp(size, minBlock)
}

// divisionClass is the index of a size in RoundupPower2Divisions: 0 below
// 2 MiB, then one for each doubling, the last from 32 GiB on.
func divisionClass(size int64) int {
	return min(max(bits.Len64(uint64(size))-bits.Len64(uint64(mib)), 0), divisions-1)
}

// roundToDivision rounds up to the next of n equal steps between the powers of
// two around size. n is a power of two.
func roundToDivision(size, n int64) int64 {
	floor := int64(1) << (bits.Len64(uint64(size)) - 1)
	if floor == size {
		return size
	}
	step := floor / n
	if step == 0 {
		return floor * 2
	}
	return roundUp(size, step)
}

// segmentSize is what a request of a rounded size asks the driver for when it
// needs a segment of its own.
func (c *Config) segmentSize(rounded int64) int64 {
	switch {
	case rounded <= smallLimit:
		return smallSegment
	case rounded < minLarge:
		return c.LargeSegmentSize
	default:
		return roundUp(rounded, roundLarge)
	}
}

// pageSize is the unit in which expandable segments of a pool are mapped.
func (c *Config) pageSize(small bool) int64 {
	if small {
		return smallSegment
	}
	return c.LargeSegmentSize
}

// roundUp returns the next multiple of unit. It wraps to a negative number when
// there is none.
func roundUp(size, unit int64) int64 { return (size + unit - 1) / unit * unit }
