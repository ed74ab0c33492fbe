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
	return defaultLargeSegment
}

// page is the granularity at which expandable segments of a pool are mapped
// and unmapped.
func (s AllocatorSettings) page(small bool) int64 {
	if small {
		return smallSegment
	}
	return s.largeSegment()
}

// largestFor is the largest request whose segment has at most room bytes: the
// inverse of PyTorch's get_allocation_size.
func (s AllocatorSettings) largestFor(room int64) int64 {
	whole := roundDown(room, roundLarge)
	switch shared := s.largeSegment(); {
	case whole >= minLarge:
		return whole
	case room >= shared:
		return shared
	case room >= smallSegment:
		return smallLimit
	}
	return 0
}

// expandable tells whether new memory goes into expandable segments: as the
// settings say, or else as the default pools show.
func (s AllocatorSettings) expandable(pools []Pool) bool {
	const option = "expandable_segments:"
	text := strings.ReplaceAll(s.Text, " ", "")
	if i := strings.LastIndex(text, option); i >= 0 {
		value := text[i+len(option):]
		return len(value) >= 4 && strings.EqualFold(value[:4], "true")
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

// served is the largest request to a pool of a kind that bytes in one piece can
// serve: small pools serve requests up to 1 MiB, large pools the others.
func served(small bool, bytes int64) int64 {
	switch {
	case small:
		return min(bytes, smallLimit)
	case bytes > smallLimit:
		return bytes
	}
	return 0
}

func roundDown(n, step int64) int64 { return n / step * step }

func roundUp(n, step int64) int64 { return (n + step - 1) / step * step }
