package dump

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// recordedStats reads what torch.cuda.memory_stats said at the moment of a
// snapshot of testdata.
func recordedStats(t *testing.T, snapshot string) map[string]int64 {
	t.Helper()
	text, err := os.ReadFile(strings.TrimSuffix(snapshot, ".pickle.gz") + ".stats.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct{ Stats map[string]int64 }
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	return recorded.Stats
}

func recordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.pickle.gz")
	if err != nil || len(files) < 4 {
		t.Fatalf("recordings: %v, %v", files, err)
	}
	return files
}

func TestFiguresOfSnapshotsEqualPyTorchsOwn(t *testing.T) {
	for _, file := range recordings(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s, err := Read(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Processes) != 1 {
				t.Fatalf("%d rows, want one", len(s.Processes))
			}
			p := &s.Processes[0]
			want := recordedStats(t, file)
			all := func(name string) int64 { return want[name+".all.current"] }
			for _, c := range []struct {
				name string
				got  fragcalc.Bytes
				want int64
			}{
				{"reserved", p.Reserved, all("reserved_bytes")},
				{"used", p.Used, all("allocated_bytes")},
				{"pending", p.Pending, all("active_bytes") - all("allocated_bytes")},
				{"requested", p.Requested, all("requested_bytes")},
				{"rounding", p.Rounding, all("active_bytes") - all("requested_bytes")},
				{"free", p.Free, all("reserved_bytes") - all("active_bytes")},
				{"unallocated", p.Unallocated, all("reserved_bytes") - all("allocated_bytes")},
			} {
				if c.got != fragcalc.Of(c.want) {
					t.Errorf("%s %v, PyTorch says %d", c.name, c.got, c.want)
				}
			}
			if expandable := strings.Contains(p.Settings.Text, "expandable_segments:True"); !expandable {
				if p.Stranded != fragcalc.Of(all("inactive_split_bytes")) {
					t.Errorf("stranded %v, PyTorch says %d", p.Stranded, all("inactive_split_bytes"))
				}
				if got := segmentsOf(p); got != all("segment") {
					t.Errorf("%d segments, PyTorch says %d", got, all("segment"))
				}
			} else if all("segment") != 0 || !p.Pools[0].Segments[0].Expandable {
				t.Errorf("%d segments of fixed size", all("segment"))
			}
			if p.Trace == nil || p.Trace.Cut {
				t.Error("the trace is whole, and was not taken so")
			}
			if got := allocations(p.Trace.Events); got != want["allocation.all.allocated"] {
				t.Errorf("%d allocations in the trace, PyTorch counted %d", got, want["allocation.all.allocated"])
			}
		})
	}
}

func segmentsOf(p *fragcalc.Process) (count int64) {
	for i := range p.Pools {
		count += int64(len(p.Pools[i].Segments))
	}
	return count
}

func allocations(events []fragcalc.TraceEvent) (count int64) {
	for i := range events {
		if events[i].Kind == fragcalc.TraceAlloc {
			count++
		}
	}
	return count
}
