package dump

import (
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

const (
	mib             = 1 << 20
	longestSettings = 4096
)

// allocatorSettings are the settings that the file tells: the text that the
// program was started with, or was given later; where that does not say what
// the settings are, they are written out.
func (r *reader) allocatorSettings() fragcalc.AllocatorSettings {
	if _, isDict := r.decoder.Pairs(r.settings); !isDict {
		// Without settings, still PyTorch's own allocator: the others have no
		// snapshots.
		return fragcalc.AllocatorSettings{Backend: "native"}
	}
	s := fragcalc.AllocatorSettings{Source: Source, Backend: "native"}
	for _, key := range []string{"PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF", "PYTORCH_HIP_ALLOC_CONF"} {
		if v, ok := r.decoder.Get(r.settings, key); ok && s.Text == "" {
			written, _ := r.decoder.Text(v)
			s.Text = text.Clean(written, longestSettings)
		}
	}
	config, err := whatif.ParseConfig(s.Text)
	if told := r.told(config); err == nil && told != plain(config) {
		s.Text = written(told)
	}
	s.LargeSegmentBytes = config.LargeSegmentSize
	if err != nil {
		s.LargeSegmentBytes = largeSegment(s.Text)
	}
	return s
}

// told are the settings as the allocator itself states them; what it does not
// state is as the text says.
func (r *reader) told(text whatif.Config) whatif.Config {
	c := plain(text)
	get := func(key string) pickle.Value {
		v, _ := r.decoder.Get(r.settings, key)
		return v
	}
	if n, ok := r.decoder.Int(get("max_split_size")); ok {
		c.MaxSplitSize = max(0, n) // -1 is no limit
	}
	if f, ok := r.decoder.Float(get("garbage_collection_threshold")); ok && f >= 0 && f <= 1 {
		c.GCThreshold = f
	}
	switch get("expandable_segments") {
	case pickle.True:
		c.ExpandableSegments = true
	case pickle.False:
		c.ExpandableSegments = false
	}
	divisions := get("roundup_power2_divisions")
	for i := range c.RoundupPower2Divisions {
		v, _ := r.decoder.Get(divisions, strconv.Itoa(1<<i))
		if n, ok := r.decoder.Int(v); ok && n >= 0 && n&(n-1) == 0 && n <= 1<<20 {
			c.RoundupPower2Divisions[i] = n
		}
	}
	return plain(c)
}

// plain makes settings that mean the same equal.
func plain(c whatif.Config) whatif.Config {
	for i, n := range c.RoundupPower2Divisions {
		if n == 1 { // divides nothing
			c.RoundupPower2Divisions[i] = 0
		}
	}
	return c
}

// written is the text for settings.
func written(c whatif.Config) string {
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

// largeSegment finds large_segment_size_mb in a text that has options which are
// not known; 0 where it has none.
func largeSegment(text string) int64 {
	for _, option := range strings.Split(strings.ReplaceAll(text, " ", ""), ",") {
		if value, ok := strings.CutPrefix(option, "large_segment_size_mb:"); ok {
			if n, err := strconv.ParseInt(value, 10, 32); err == nil && n > 0 {
				return n * mib
			}
		}
	}
	return 0
}
