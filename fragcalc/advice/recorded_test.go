package advice

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// recorded is a walk over a real allocator: see fragcalc/testdata.
func recorded(t *testing.T, name string) *fragcalc.Process {
	t.Helper()
	text, err := os.ReadFile("../testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Settings string
		Segments []struct {
			Address           string
			Size              int64
			Stream            uint64
			Small, Expandable bool
			Private           [2]uint64
			Blocks            [][3]int64
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	b := &builder{}
	for _, s := range file.Segments {
		address, err := strconv.ParseUint(s.Address, 0, 64)
		if err != nil {
			t.Fatal(err)
		}
		segment := fragcalc.Segment{Address: address, Size: s.Size, Expandable: s.Expandable}
		for _, block := range s.Blocks {
			segment.Blocks = append(segment.Blocks, fragcalc.Block{Address: address, Size: block[0], Requested: block[1], State: fragcalc.BlockState(block[2])})
			address += uint64(block[0])
		}
		b.segments = append(b.segments, fragcalc.WalkSegment{PoolID: fragcalc.PoolID{Private: s.Private, Small: s.Small, Stream: s.Stream}, Segment: segment})
	}
	return b.process(settings(file.Settings))
}

func TestAdviceOnRealAllocators(t *testing.T) {
	for name, want := range map[string]string{"decode_server": "expandable_segments", "decode_server_expandable": ""} {
		p := recorded(t, name)
		file := &fragcalc.Snapshot{From: name, Processes: []fragcalc.Process{*p}}
		var rules []string
		for _, a := range Advise(p, file, Inputs{}) {
			checkSane(t, a)
			rules = append(rules, a.Rule)
		}
		if got := slices.Contains(rules, "expandable_segments"); got != (want != "") {
			t.Errorf("%s: %v, want %q", name, rules, want)
		}
		if slices.Contains(rules, "release") {
			t.Errorf("%s: a file is told to release", name)
		}
		t.Logf("%s: %v", name, rules)
	}
}
