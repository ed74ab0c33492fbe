package fragcalc

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// recording is a file of testdata: see the README there.
type recording struct {
	Settings string
	Released *int64
	Counters struct {
		Reserved, Allocated, Active, Requested int64
		InactiveSplit                          int64 `json:"inactive_split"`
		ActivePeak                             int64 `json:"active_peak"`
	}
	Segments []struct {
		Address           string
		Size              int64
		Stream            uint64
		Small, Expandable bool
		Private           [2]uint64
		Blocks            [][3]int64
	}
}

func (r *recording) settings() AllocatorSettings { return AllocatorSettings{Text: r.Settings} }

func (r *recording) pools(t *testing.T) []Pool {
	t.Helper()
	var walk []WalkSegment
	for _, s := range r.Segments {
		address, err := strconv.ParseUint(s.Address, 0, 64)
		if err != nil {
			t.Fatal(err)
		}
		segment := Segment{Address: address, Size: s.Size, Expandable: s.Expandable}
		for _, b := range s.Blocks {
			segment.Blocks = append(segment.Blocks, Block{Address: address, Size: b[0], Requested: b[1], State: BlockState(b[2])})
			address += uint64(b[0])
		}
		walk = append(walk, WalkSegment{PoolID{Private: s.Private, Small: s.Small, Stream: s.Stream}, segment})
	}
	return GroupPools(walk)
}

func eachRecording(t *testing.T, test func(*testing.T, *recording)) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("recordings: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var r recording
			if err := json.Unmarshal(text, &r); err != nil {
				t.Fatal(err)
			}
			test(t, &r)
		})
	}
}

func TestFiguresEqualPyTorch(t *testing.T) {
	eachRecording(t, func(t *testing.T, r *recording) {
		pools := r.pools(t)
		f := Measure(pools, r.settings())
		want := r.Counters
		for _, c := range []struct {
			name string
			got  Bytes
			want int64
		}{
			{"reserved", f.Reserved, want.Reserved},
			{"used", f.Used, want.Allocated},
			{"pending", f.Pending, want.Active - want.Allocated},
			{"requested", f.Requested, want.Requested},
			{"rounding", f.Rounding, want.Active - want.Requested},
			{"free", f.Free, want.Reserved - want.Active},
			{"unallocated", f.Unallocated, want.Reserved - want.Allocated},
		} {
			if c.got != Of(c.want) {
				t.Errorf("%s %v, PyTorch says %d", c.name, c.got, c.want)
			}
		}
		if r.Released != nil && f.ReleaseEstimate != Of(*r.Released) {
			t.Errorf("release estimate %v, empty_cache returned %d", f.ReleaseEstimate, *r.Released)
		}
		if got := inactiveSplit(pools); got != want.InactiveSplit {
			t.Errorf("free bytes of split segments %d, PyTorch says %d", got, want.InactiveSplit)
		}
		plain := true // neither expandable segments nor private pools
		for _, s := range r.Segments {
			plain = plain && !s.Expandable && s.Private == [2]uint64{}
		}
		if plain && f.Stranded != Of(want.InactiveSplit) {
			t.Errorf("stranded %v, inactive_split_bytes %d", f.Stranded, want.InactiveSplit)
		}
	})
}

// inactiveSplit is PyTorch's counter of that name: free bytes of segments that
// are cut into blocks, expandable segments left out.
func inactiveSplit(pools []Pool) (sum int64) {
	for _, pool := range pools {
		for _, s := range pool.Segments {
			if s.Expandable || len(s.Blocks) == 1 {
				continue
			}
			for _, b := range s.Blocks {
				if b.State == BlockFree {
					sum += b.Size
				}
			}
		}
	}
	return sum
}

func TestCountersTellTheSameAsAWalk(t *testing.T) {
	eachRecording(t, func(t *testing.T, r *recording) {
		w := r.Counters
		walked := Measure(r.pools(t), r.settings())
		told := FromCounters(Counters{Reserved: Of(w.Reserved), Allocated: Of(w.Allocated), Active: Of(w.Active),
			Requested: Of(w.Requested), InactiveSplit: Of(w.InactiveSplit)}, "no walk")
		a, b := bytesOf(&walked), bytesOf(&told)
		known := 0
		for name := range a {
			if !b[name].Known() {
				continue
			}
			known++
			if a[name] != b[name] {
				t.Errorf("%s: a walk says %v, counters %v", name, a[name], b[name])
			}
		}
		if known < 7 {
			t.Errorf("counters told %d figures only", known)
		}
		if told.Stranded.Known() || told.Stranded.Reason() != "no walk" {
			t.Errorf("stranded %v", told.Stranded)
		}
	})
}

// bytesOf are the sizes that a walk tells.
func bytesOf(f *Figures) map[string]Bytes {
	return map[string]Bytes{
		"reserved": f.Reserved, "used": f.Used, "pending": f.Pending, "requested": f.Requested, "rounding": f.Rounding,
		"free": f.Free, "releasable": f.Releasable, "parked": f.Parked, "stranded": f.Stranded, "unallocated": f.Unallocated,
		"largest": f.LargestFree, "estimate": f.ReleaseEstimate,
	}
}
