package allocconf

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseConfig(t *testing.T) {
	every := func(n int64) (list [divisions]int64) {
		for i := range list {
			list[i] = n
		}
		return list
	}
	tests := map[string]Config{
		"":                          {},
		"expandable_segments:True":  {ExpandableSegments: true},
		"expandable_segments:False": {},
		"max_split_size_mb:128, garbage_collection_threshold:0.8": {MaxSplitSize: 128 * mib, GCThreshold: 0.8},
		"backend:native,max_non_split_rounding_mb:64":             {MaxNonSplitRounding: 64 * mib},
		"large_segment_size_mb:32,per_process_memory_fraction:1":  {LargeSegmentSize: 32 * mib, Fraction: 1},
		"pinned_use_cuda_host_register:True":                      {},
		"roundup_power2_divisions:4":                              {RoundupPower2Divisions: every(4)},
		"roundup_power2_divisions:[256:1,512:2,1024:4,>:8],max_split_size_mb:21": {
			MaxSplitSize: 21 * mib, RoundupPower2Divisions: [divisions]int64{1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 8, 8, 8, 8, 8, 8},
		},
		"roundup_power2_divisions:[4:2]": {RoundupPower2Divisions: [divisions]int64{2, 2, 2}},
	}
	for text, want := range tests {
		got, err := Parse(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestParseConfigErrors(t *testing.T) {
	for text, part := range map[string]string{
		"expandable_segments":              "name:value",
		"expandable_segments:yes":          "True or False",
		"max_split_size_mb:20":             "at least 21",
		"max_split_size_mb:99999999999999": "MiB",
		"garbage_collection_threshold:1.5": "up to 1",
		"garbage_collection_threshold:NaN": "up to 1",
		"roundup_power2_divisions:3":       "power of two",
		"roundup_power2_divisions:[256:1":  "does not end",
		"roundup_power2_divisions:[3:1]":   "power of two",
		"roundup_power2_divisions:[256]":   "power of two",
		"roundup_power2_divisions:[]":      "power of two",
		"backend:cudaMallocAsync":          "not modelled",
		"max_split_size:1":                 "unknown",
		",":                                "name:value",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("Parse(%q): %v, want %q in it", text, err, part)
		}
	}
}
