// Package allocconf reads and writes the settings of PyTorch's caching allocator
// (PYTORCH_CUDA_ALLOC_CONF, in newer versions PYTORCH_ALLOC_CONF) and says what
// they mean for the sizes of blocks and segments. Sizes are bytes.
package allocconf

import "math"

// Config is the settings of the allocator. The zero value is PyTorch's default.
// Sizes are bytes.
type Config struct {
	// MaxSplitSize is max_split_size_mb: larger blocks are never split and serve
	// oversize requests only. 0 = no limit.
	MaxSplitSize int64
	// RoundupPower2Divisions is roundup_power2_divisions: into how many equal
	// steps each doubling of size is cut, by class: the first is up to 2 MiB,
	// the second up to 4 MiB, …, the last from 32 GiB on. 0 or 1 = round up to
	// 512 bytes only.
	RoundupPower2Divisions [divisions]int64
	// GCThreshold is garbage_collection_threshold, a share of the allowed
	// memory. It acts only where a Fraction is set. 0 = off.
	GCThreshold float64
	// ExpandableSegments is expandable_segments.
	ExpandableSegments bool
	// ExpandablePrivatePools says that private pools are expandable too, as in
	// versions after 2.6.
	ExpandablePrivatePools bool
	// LargeSegmentSize is large_segment_size_mb: the segment that requests of
	// 1 to 10 MiB share, and the page of large expandable segments. 0 = 20 MiB.
	LargeSegmentSize int64
	// MaxNonSplitRounding is max_non_split_rounding_mb: how much larger than
	// an oversize request its block may be. 0 = 20 MiB.
	MaxNonSplitRounding int64
	// Fraction is the process's share of the device, as set with
	// set_per_process_memory_fraction. 0 = no cap.
	Fraction float64
}

// WithDefaults puts PyTorch's default in the place of every 0 that stands for
// one.
func (c Config) WithDefaults() Config {
	if c.MaxSplitSize <= 0 {
		c.MaxSplitSize = math.MaxInt64
	}
	if c.LargeSegmentSize <= 0 {
		c.LargeSegmentSize = LargeSegment
	}
	if c.MaxNonSplitRounding <= 0 {
		c.MaxNonSplitRounding = maxRounding
	}
	return c
}
