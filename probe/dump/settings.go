package dump

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/allocconf"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

const longestSettings = 4096

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
	config, err := allocconf.Parse(s.Text)
	if told := r.told(config); err == nil && told != plain(config) {
		s.Text = told.String()
	}
	s.LargeSegmentBytes = allocconf.ParseKnown(s.Text).LargeSegmentSize
	return s
}

// told are the settings as the allocator itself states them; what it does not
// state is as the text says.
func (r *reader) told(text allocconf.Config) allocconf.Config {
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
func plain(c allocconf.Config) allocconf.Config {
	for i, n := range c.RoundupPower2Divisions {
		if n == 1 { // divides nothing
			c.RoundupPower2Divisions[i] = 0
		}
	}
	return c
}
