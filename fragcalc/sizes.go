package fragcalc

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/allocconf"
)

// Sizes of the allocator, as allocconf explains them, in bytes.
const (
	mib        = 1 << 20
	minBlock   = allocconf.MinBlock
	smallLimit = allocconf.SmallLimit
	minLarge   = allocconf.MinLarge
	roundLarge = allocconf.RoundLarge
)

// page is the granularity at which expandable segments of a pool are mapped
// and unmapped.
func (s AllocatorSettings) page(small bool) int64 {
	config := allocconf.Config{LargeSegmentSize: s.LargeSegmentBytes}
	if config.LargeSegmentSize <= 0 {
		config = allocconf.ParseKnown(s.Text).WithDefaults()
	}
	return config.PageSize(small)
}

// expandable tells whether new memory goes into expandable segments: as the
// settings say, or else as the default pools show.
func (s AllocatorSettings) expandable(pools []Pool) bool {
	if value, ok := allocconf.Option(s.Text, "expandable_segments"); ok {
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
