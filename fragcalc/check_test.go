package fragcalc_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestSegmentsOfFilesAreChecked(t *testing.T) {
	good := func() []fragcalc.Segment {
		return []fragcalc.Segment{
			{Address: 0x1000, Size: 1024, Blocks: []fragcalc.Block{{Address: 0x1000, Size: 512}, {Address: 0x1200, Size: 512, State: fragcalc.BlockUsed, Requested: 1}}},
			{Address: 0x2000, Size: 512},
		}
	}
	if err := fragcalc.CheckSegments(good()); err != nil {
		t.Errorf("a sound pool: %v", err)
	}
	for says, spoil := range map[string]func([]fragcalc.Segment){
		"impossible size":  func(s []fragcalc.Segment) { s[0].Size = -1 },
		"should be at":     func(s []fragcalc.Segment) { s[0].Blocks[1].Address++ },
		"size, 0":          func(s []fragcalc.Segment) { s[0].Blocks[0].Size = 0 },
		"size, 2048":       func(s []fragcalc.Segment) { s[0].Blocks[1].Size = 2048 },
		"requested size":   func(s []fragcalc.Segment) { s[0].Blocks[1].Requested = math.MinInt64 },
		"unknown state":    func(s []fragcalc.Segment) { s[0].Blocks[1].State = 7 },
		"end at":           func(s []fragcalc.Segment) { s[0].Blocks = s[0].Blocks[:1] },
		"in front of it":   func(s []fragcalc.Segment) { s[1].Address = 0x1001 },
		"0x2000 has":       func(s []fragcalc.Segment) { s[1].Size = math.MaxInt64 },
		"hold more than":   func(s []fragcalc.Segment) { s[1].Size = fragcalc.MostBytes },
		"ffffffffffff has": func(s []fragcalc.Segment) { s[1].Address = math.MaxUint64 },
	} {
		segments := good()
		spoil(segments)
		if err := fragcalc.CheckSegments(segments); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("want %q, got %v", says, err)
		}
	}
}
