package fragcalc

import "strings"

// Sizes of PyTorch's native allocator (c10/core/AllocatorConfig.h; unchanged
// since 2.0), in bytes.
const (
	mib = 1 << 20
	// smallLimit is the largest request that the small pool serves.
	smallLimit = 1 * mib
	// smallSegment is the size of its segments, and the page of its
	// expandable segments.
	smallSegment = 2 * mib
	// minLarge is the smallest request with a segment of its own; smaller
	// ones get a segment of AllocatorSettings.LargeSegmentBytes.
	minLarge = 10 * mib
	// roundLarge is the granularity of such segments.
	roundLarge = 2 * mib
	// defaultLargeSegment is LargeSegmentBytes where nothing else is set.
	defaultLargeSegment = 20 * mib
)

// largeSegment is the segment size of requests of 1 to 10 MiB, and the page
// of large expandable segments.
func (s AllocatorSettings) largeSegment() int64 {
	if s.LargeSegmentBytes > 0 {
		return s.LargeSegmentBytes
	}
	size := int64(defaultLargeSegment)
	if text, ok := s.option("large_segment_size_mb"); ok {
		setMiB(&size, text)
	}
	return size
}

// page is the granularity at which expandable segments of a pool are mapped
// and unmapped.
func (s AllocatorSettings) page(small bool) int64 {
	if small {
		return smallSegment
	}
	return s.largeSegment()
}

// expandable tells whether new memory goes into expandable segments: as the
// settings say, or else as the default pools show.
func (s AllocatorSettings) expandable(pools []Pool) bool {
	if value, ok := s.option("expandable_segments"); ok {
		return strings.EqualFold(value, "true")
	}
	for i := range pools {
		if pools[i].IsPrivate() {
			continue
		}
		for j := range pools[i].Segments {
			if pools[i].Segments[j].Expandable {
				return true
			}
		}
	}
	return false
}

func roundDown(n, step int64) int64 { return n / step * step }

func roundUp(n, step int64) int64 { return (n + step - 1) / step * step }
