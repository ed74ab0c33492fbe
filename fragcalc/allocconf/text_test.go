package allocconf

import "testing"

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	for _, text := range []string{
		"", "expandable_segments:True", "max_split_size_mb:128,garbage_collection_threshold:0.8", "roundup_power2_divisions:4",
		"roundup_power2_divisions:[256:1,512:2,1024:4,>:8],max_split_size_mb:21", "large_segment_size_mb:32,per_process_memory_fraction:0.5,max_non_split_rounding_mb:64",
	} {
		c, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(c.String())
		if err != nil {
			t.Fatalf("%q: %v", c, err)
		}
		for i := range c.RoundupPower2Divisions { // 0 and 1 both divide nothing
			c.RoundupPower2Divisions[i], again.RoundupPower2Divisions[i] = max(c.RoundupPower2Divisions[i], 1), max(again.RoundupPower2Divisions[i], 1)
		}
		if again != c {
			t.Errorf("%q is written %q and read %+v", text, c, again)
		}
	}
}

func TestWhatIsKnownIsRead(t *testing.T) {
	c := ParseKnown("new_setting:[1,2],max_split_size_mb:7,expandable_segments:True, garbage_collection_threshold:0.5,nonsense")
	if want := (Config{ExpandableSegments: true, GCThreshold: 0.5}); c != want {
		t.Errorf("%+v", c)
	}
	if value, found := Option("a:1,b:[2:3,4:5],a:6", "a"); value != "6" || !found {
		t.Errorf("%q, %v", value, found)
	}
	if value, found := Option("a:1,b:[2:3,4:5]", "b"); value != "[2:3,4:5]" || !found {
		t.Errorf("%q, %v", value, found)
	}
}
