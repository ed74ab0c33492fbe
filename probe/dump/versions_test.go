package dump

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/pickle/pickletest"
)

type (
	dict  = pickletest.Dict
	list  = pickletest.List
	tuple = pickletest.Tuple
)

const base = int64(0x7f0000000000)

// reread reads a snapshot that must be good, in both protocols, and returns it.
func reread(t *testing.T, root any) *fragcalc.Snapshot {
	t.Helper()
	var shots []*fragcalc.Snapshot
	for _, protocol := range []int{2, 4} {
		s, err := ReadFrom(bytes.NewReader(pickletest.Pickle(protocol, root)), "folder/test.pickle", time.Unix(1, 0))
		if err != nil {
			t.Fatal(err)
		}
		shots = append(shots, s)
	}
	if diff := cmp.Diff(shots[0].Processes, shots[1].Processes, cmp.AllowUnexported(fragcalc.Known[int]{}, fragcalc.Known[int64]{}, fragcalc.Known[float64]{},
		fragcalc.Known[time.Duration]{})); diff != "" {
		t.Errorf("protocols 2 and 4 differ: %s", diff)
	}
	return shots[1]
}

// block26 is a block as 2.6 writes it.
func block26(address, size, requested int64, state string, frames any) dict {
	return dict{"address", address, "size", size, "requested_size", requested, "state", state, "frames", frames}
}

// segment26 is a segment as 2.6 writes it.
func segment26(address, size int64, blocks list, more ...any) dict {
	return append(dict{"device", 0, "address", address, "total_size", size, "stream", 0, "segment_type", "large",
		"segment_pool_id", tuple{0, 0}, "is_expandable", false, "frames", list{}, "blocks", blocks}, more...)
}

func TestAPartlyUsedSegment(t *testing.T) {
	frames := &list{dict{"name", "forward", "filename", "model.py", "line", 7}, dict{"name", "main", "filename", "train.py", "line", 3}}
	s := reread(t, dict{"segments", list{segment26(base, 20<<20, list{
		block26(base, 4<<20, 4<<20-100, "active_allocated", frames),
		block26(base+4<<20, 6<<20, 5<<20, "active_pending_free", frames),
		block26(base+10<<20, 10<<20, 77, "inactive", list{}),
	})}, "device_traces", list{list{}}})
	p := &s.Processes[0]
	want := fragcalc.Segment{Address: uint64(base), Size: 20 << 20, Blocks: []fragcalc.Block{
		{Address: uint64(base), Size: 4 << 20, Requested: 4<<20 - 100, State: fragcalc.BlockUsed, Stack: 1},
		{Address: uint64(base + 4<<20), Size: 6 << 20, Requested: 5 << 20, State: fragcalc.BlockPending, Stack: 1},
		{Address: uint64(base + 10<<20), Size: 10 << 20, State: fragcalc.BlockFree}, // its requested size is stale
	}}
	if diff := cmp.Diff([]fragcalc.Segment{want}, p.Pools[0].Segments); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(fragcalc.Stacks{{{File: "model.py", Line: 7, Function: "forward"}, {File: "train.py", Line: 3, Function: "main"}}}, p.Stacks); diff != "" {
		t.Error(diff)
	}
	if s.From != "test.pickle" || p.GPUUUID != "device-0" || s.GPUs[0].UUID != "device-0" || p.Trace != nil {
		t.Errorf("from %q, on %q of %q, trace %v", s.From, p.GPUUUID, s.GPUs[0].UUID, p.Trace)
	}
	if p.Pending != fragcalc.Of[int64](6<<20) || p.Stranded != fragcalc.Of[int64](10<<20) || p.Rounding != fragcalc.Of[int64](1<<20+100) {
		t.Errorf("pending %v, stranded %v, rounding %v", p.Pending, p.Stranded, p.Rounding)
	}
}

func TestBothNamesOfPendingBlocksAreKnown(t *testing.T) {
	for _, name := range []string{"active_pending_free", "active_awaiting_free"} {
		s := reread(t, list{segment26(base, 2<<20, list{block26(base, 2<<20, 5, name, list{})})})
		if got := s.Processes[0].Pending; got != fragcalc.Of[int64](2<<20) {
			t.Errorf("%s: pending %v", name, got)
		}
	}
}

// Snapshots of 2.0 have no addresses of blocks, no frames, and tell what was
// asked for in a history, newest first.
func TestSnapshotsOfPyTorch20(t *testing.T) {
	frames := list{dict{"name", "f", "filename", "a.py", "line", 1}}
	s := reread(t, list{dict{"device", 1, "address", base, "total_size", 2 << 20, "allocated_size", 1536, "active_size", 1536, "stream", 0,
		"segment_type", "small", "blocks", list{
			dict{"size", 1024, "state", "active_allocated", "history", list{
				dict{"addr", base, "real_size", 1000, "frames", frames}, dict{"addr", base, "real_size", 600, "frames", list{}}}},
			dict{"size", 512, "state", "active_allocated", "history", list{dict{"addr", base + 1024, "real_size", 4}}},
			dict{"size", 2<<20 - 1536, "state", "inactive"},
		}}})
	p := &s.Processes[0]
	if p.GPUUUID != "device-1" || s.GPUs[0].Index != 1 || len(s.Processes) != 1 {
		t.Errorf("on %s", p.GPUUUID)
	}
	want := []fragcalc.Block{
		{Address: uint64(base), Size: 1024, Requested: 1000, State: fragcalc.BlockUsed, Stack: 1},
		{Address: uint64(base) + 1024, Size: 512, Requested: 4, State: fragcalc.BlockUsed},
		{Address: uint64(base) + 1536, Size: 2<<20 - 1536},
	}
	if diff := cmp.Diff(want, p.Pools[0].Segments[0].Blocks); diff != "" {
		t.Error(diff)
	}
	if p.Requested != fragcalc.Of[int64](1004) || !p.Pools[0].Small || p.Settings.Source != "" || p.Settings.Backend != "native" {
		t.Errorf("requested %v, %+v", p.Requested, p.Settings)
	}
}

func TestBlocksThatDoNotTellWhatWasAskedFor(t *testing.T) {
	s := reread(t, list{dict{"device", 0, "address", base, "total_size", 2 << 20, "segment_type", "small",
		"blocks", list{dict{"size", 1024, "state", "active_allocated"}, dict{"size", 2<<20 - 1024, "state", "inactive"}}}})
	p := &s.Processes[0]
	for _, f := range []fragcalc.Bytes{p.Requested, p.Rounding, p.Pools[0].Requested, p.Pools[0].Rounding} {
		if f.Known() || !strings.Contains(f.Reason(), "requested sizes") {
			t.Errorf("%v", f)
		}
	}
	if p.Used != fragcalc.Of[int64](1024) {
		t.Errorf("used %v", p.Used)
	}
}

func TestTracesOfEveryVersion(t *testing.T) {
	frames := &list{dict{"name", "f", "filename", "a.py", "line", 1}}
	old := list{ // 2.0: no times
		dict{"action", "segment_alloc", "addr", base, "size", 2 << 20, "stream", 0, "frames", frames},
		dict{"action", "alloc", "addr", base, "size", 100, "stream", 0, "frames", frames},
		dict{"action", "oom", "device_free", 12345, "size", 1 << 40, "stream", 0, "frames", frames},
		dict{"action", "snapshot", "addr", 0, "size", 512, "stream", 0},
	}
	newer := list{ // 2.10: pools, metadata, and actions that are new
		dict{"action", "segment_map", "addr", base + 4<<20, "size", 2 << 20, "stream", -1, "time_us", 1_700_000_000_000_001, "pool_id", tuple{0, 7},
			"user_metadata", "step 1", "compile_context", "N/A"},
		dict{"action", "annotate", "name", "step", "time_us", 1_700_000_000_000_002},
		dict{"action", "alloc", "addr", base + 4<<20, "size", 5, "stream", -1, "time_us", 1_700_000_000_000_003, "pool_id", tuple{0, 7}},
		dict{"action", "free_requested", "addr", base + 4<<20, "size", 5, "stream", -1, "time_us", 1_700_000_000_000_004, "pool_id", tuple{0, 7}},
		dict{"action", "free_completed", "addr", base + 4<<20, "size", 5, "stream", -1, "time_us", 1_700_000_000_000_005, "pool_id", tuple{0, 7}},
	}
	pool7 := segment26(base+4<<20, 2<<20, list{block26(base+4<<20, 2<<20, 0, "inactive", list{})})
	pool7[1], pool7[9], pool7[11] = 1, "small", tuple{0, 7}
	pool7[13] = true
	s := reread(t, dict{"device_traces", list{old, newer, list{}},
		"segments", list{segment26(base, 2<<20, list{block26(base, 512, 100, "active_allocated", frames), block26(base+512, 2<<20-512, 0, "inactive", list{})}), pool7}})
	if len(s.Processes) != 2 {
		t.Fatalf("%d rows", len(s.Processes))
	}
	first, second := s.Processes[0].Trace, s.Processes[1].Trace
	want := []fragcalc.TraceEvent{
		{Kind: fragcalc.TraceSegmentAlloc, Address: uint64(base), Size: 2 << 20, Stack: 1},
		{Kind: fragcalc.TraceAlloc, Address: uint64(base), Size: 100, Stack: 1},
		{Kind: fragcalc.TraceOOM, Size: 1 << 40, DeviceFree: 12345, Stack: 1},
		{Kind: fragcalc.TraceOther},
	}
	if diff := cmp.Diff(want, first.Events); diff != "" || first.Cut {
		t.Errorf("cut: %v, %s", first.Cut, diff)
	}
	minus := ^uint64(0)
	at := int64(1_700_000_000_000_000)
	private, there := [2]uint64{0, 7}, uint64(base+4<<20)
	want = []fragcalc.TraceEvent{
		{Kind: fragcalc.TraceSegmentMap, Address: there, Size: 2 << 20, Stream: minus, Micros: at + 1, Private: private, Pooled: true},
		{Kind: fragcalc.TraceOther, Micros: at + 2},
		{Kind: fragcalc.TraceAlloc, Address: there, Size: 5, Stream: minus, Micros: at + 3, Private: private, Pooled: true},
		{Kind: fragcalc.TraceFreeRequested, Address: there, Size: 5, Stream: minus, Micros: at + 4, Private: private, Pooled: true},
		{Kind: fragcalc.TraceFreeCompleted, Address: there, Size: 5, Stream: minus, Micros: at + 5, Private: private, Pooled: true},
	}
	if diff := cmp.Diff(want, second.Events); diff != "" || second.Cut {
		t.Errorf("cut: %v, %s", second.Cut, diff)
	}
	if pool := s.Processes[1].Pools[0]; pool.Private != private || !pool.Small || !pool.Segments[0].Expandable {
		t.Errorf("%+v", pool.PoolID)
	}
	if !s.At.Equal(time.UnixMicro(at + 5)) {
		t.Errorf("taken at %v", s.At)
	}
}

func TestATraceWithoutItsBeginningIsCut(t *testing.T) {
	for _, file := range recordings(t) {
		s, err := Read(file)
		if err != nil {
			t.Fatal(err)
		}
		p := &s.Processes[0]
		for from := 1; from < len(p.Trace.Events); from += 97 {
			if !cut(p.Pools, p.Trace.Events[from:]) {
				t.Errorf("%s: the first %d events are gone, and not missed", file, from)
			}
		}
		if cut(p.Pools, p.Trace.Events) {
			t.Errorf("%s: whole, and called cut", file)
		}
		// Recording that was switched off before the end does not add up, too.
		if !cut(p.Pools, p.Trace.Events[:len(p.Trace.Events)/2]) {
			t.Errorf("%s: half a trace is taken for a whole one", file)
		}
	}
}

func TestADeviceWithATraceOnlyHasARow(t *testing.T) {
	s := reread(t, dict{"segments", list{}, "device_traces", list{list{}, list{dict{"action", "snapshot", "addr", 0, "size", 0, "stream", 0}}}})
	if len(s.Processes) != 1 || s.Processes[0].GPUUUID != "device-1" || s.Processes[0].Reserved != fragcalc.Of[int64](0) {
		t.Errorf("%+v", s.Processes)
	}
}

func TestSettings(t *testing.T) {
	divisions := func(n int) dict {
		var d dict
		for i := range 16 {
			d = append(d, []string{"1", "2", "4", "8", "16", "32", "64", "128", "256", "512", "1024", "2048", "4096", "8192", "16384", "32768"}[i], n)
		}
		return d
	}
	settings := func(text string, split int64, threshold float64, expandable bool, n int) dict {
		return dict{"PYTORCH_CUDA_ALLOC_CONF", text, "max_split_size", split, "garbage_collection_threshold", threshold,
			"expandable_segments", expandable, "pinned_num_register_threads", 1, "roundup_power2_divisions", divisions(n)}
	}
	for _, c := range []struct {
		settings dict
		text     string
		large    int64
	}{
		{settings("", -1, 0, false, 0), "", 0},
		{settings("expandable_segments:True", -1, 0, true, 0), "expandable_segments:True", 0},
		{settings("expandable_segments:True, max_split_size_mb:128", 128<<20, 0, true, 0), "expandable_segments:True, max_split_size_mb:128", 0},
		{settings("roundup_power2_divisions:4", -1, 0, false, 4), "roundup_power2_divisions:4", 0},
		// Set while the program ran, or by a version that does not write the text.
		{settings("", -1, 0, true, 0), "expandable_segments:True", 0},
		{settings("expandable_segments:True", 64<<20, 0.5, false, 1), "max_split_size_mb:64,garbage_collection_threshold:0.5", 0},
		{settings("", -1, 0, false, 8)[2:], "roundup_power2_divisions:[" + strings.TrimSuffix(strings.Repeat("#:8,", 16), ",") + "]", 0},
		// An option that is not known: the text is all there is.
		{settings("no_such_option:1,large_segment_size_mb:64", -1, 0, false, 0), "no_such_option:1,large_segment_size_mb:64", 64 << 20},
		{settings("large_segment_size_mb:64", -1, 0, false, 0), "large_segment_size_mb:64", 64 << 20},
	} {
		if strings.Contains(c.text, "#") {
			for i := range 16 {
				c.text = strings.Replace(c.text, "#", divisions(0)[2*i].(string), 1)
			}
		}
		s := reread(t, dict{"segments", list{segment26(base, 2<<20, list{block26(base, 2<<20, 0, "inactive", list{})})}, "allocator_settings", c.settings})
		want := fragcalc.AllocatorSettings{Text: c.text, Source: "file", Backend: "native", LargeSegmentBytes: c.large}
		if got := s.Processes[0].Settings; got != want {
			t.Errorf("%v:\n got %+v\nwant %+v", c.settings, got, want)
		}
	}
}

func TestNamesInStacksAreCleaned(t *testing.T) {
	frames := list{dict{"name", "\x1b[2Jf\u202e", "filename", "a\nb.py", "line", -5}}
	s := reread(t, list{segment26(base, 2<<20, list{block26(base, 2<<20, 1, "active_allocated", frames)})})
	if diff := cmp.Diff(fragcalc.Stacks{{{Function: "[2Jf", File: "a b.py"}}}, s.Processes[0].Stacks); diff != "" {
		t.Error(diff)
	}
}

func TestEqualStacksAreOne(t *testing.T) {
	stack := func(line int) list { return list{dict{"name", "f", "filename", "a.py", "line", line}} } // new each time
	var blocks list
	for i := range int64(1000) {
		blocks = append(blocks, block26(base+i*2048, 2048, 1, "active_allocated", stack(int(i%3))))
	}
	s := reread(t, list{segment26(base, 1000*2048, blocks)})
	if got := len(s.Processes[0].Stacks); got != 3 {
		t.Errorf("%d stacks, want 3", got)
	}
	var seen []uint32
	for _, b := range s.Processes[0].Pools[0].Segments[0].Blocks {
		seen = append(seen, b.Stack)
	}
	slices.Sort(seen)
	if diff := cmp.Diff([]uint32{1, 2, 3}, slices.Compact(seen)); diff != "" {
		t.Error(diff)
	}
}
