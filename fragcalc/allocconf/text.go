package allocconf

import (
	"strconv"
	"strings"
)

// String is the text for settings, as Parse reads it. What is at its default is
// left out.
func (c Config) String() string {
	var parts []string
	if c.ExpandableSegments {
		parts = append(parts, "expandable_segments:True")
	}
	if c.MaxSplitSize > 0 {
		parts = append(parts, "max_split_size_mb:"+strconv.FormatInt(c.MaxSplitSize/mib, 10))
	}
	if c.GCThreshold > 0 {
		parts = append(parts, "garbage_collection_threshold:"+strconv.FormatFloat(c.GCThreshold, 'g', -1, 64))
	}
	if c.LargeSegmentSize > 0 {
		parts = append(parts, "large_segment_size_mb:"+strconv.FormatInt(c.LargeSegmentSize/mib, 10))
	}
	if c.MaxNonSplitRounding > 0 {
		parts = append(parts, "max_non_split_rounding_mb:"+strconv.FormatInt(c.MaxNonSplitRounding/mib, 10))
	}
	if c.Fraction > 0 {
		parts = append(parts, "per_process_memory_fraction:"+strconv.FormatFloat(c.Fraction, 'g', -1, 64))
	}
	if divisions := c.RoundupPower2Divisions; divisions != [len(divisions)]int64{} {
		var list []string
		for i, n := range divisions {
			list = append(list, strconv.Itoa(1<<i)+":"+strconv.FormatInt(max(n, 1), 10))
		}
		parts = append(parts, "roundup_power2_divisions:["+strings.Join(list, ",")+"]")
	}
	return strings.Join(parts, ",")
}
