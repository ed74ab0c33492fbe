package reports

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const mib = 1 << 20

// sample is an error of a process with one device that holds segments of 100 MiB,
// each with a hole of free bytes.
func sample(segments int, free int64) page.Report {
	no := fragcalc.Unknown[int64]("not told by the allocator")
	device := page.Device{UUID: [16]byte{7}, Context: true, Counters: fragcalc.Counters{
		Reserved: fragcalc.Of(int64(segments) * 100 * mib), ReservedPeak: no, Allocated: fragcalc.Of(int64(segments) * (100*mib - free)), AllocatedPeak: no,
		Active: fragcalc.Of(int64(segments) * (100*mib - free)), ActivePeak: no, Requested: no, InactiveSplit: no, Segments: no, ActiveBlocks: no,
		InactiveSplitBlocks: no, AllocRetries: no, OOMs: fragcalc.Of[int64](1), DeviceAllocs: no, DeviceFrees: fragcalc.Of[int64](0), Allowed: no,
	}}
	walk := page.Walk{Slot: page.Slot{Seq: 1}, Devices: []page.WalkDevice{{Device: device}}}
	for i := range segments {
		at := uint64(1<<40 + i*200*mib)
		walk.Devices[0].Segments = append(walk.Devices[0].Segments, fragcalc.WalkSegment{Segment: fragcalc.Segment{Address: at, Size: 100 * mib, Blocks: []fragcalc.Block{
			{Address: at, Size: 100*mib - free, Requested: 100*mib - free, State: fragcalc.BlockUsed},
			{Address: at + uint64(100*mib-free), Size: free},
		}}})
	}
	return page.Report{
		PID: 42, UID: 1000, StartTicks: 3, At: time.Unix(1_700_000_000, 0), Asked: fragcalc.Of[int64](450 * mib), DeviceFree: fragcalc.Of[int64](100 * mib),
		DeviceTotal: fragcalc.Of[int64](2000 * mib), Allowed: no, Stream: fragcalc.Of[uint64](0), UUID: [16]byte{7}, Observer: true, NoWalk: page.WalkOK,
		Host: "node17", Command: "python train.py", Stack: []string{"train.py:7 grow"}, Walk: &walk,
		Counters: page.Counters{Slot: page.Slot{Seq: 1}, Framework: "pytorch", FrameworkVersion: "2.6.0", Job: []string{"RANK=3", "WORLD_SIZE=8"}, Devices: []page.Device{device}},
	}
}

func name(n int) string { return fmt.Sprintf("oom-%020d-42.report", n) }

func write(t *testing.T, folder, name string, r page.Report) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, page.EncodeReport(r), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAReportIsASnapshotWithItsVerdict(t *testing.T) {
	path := write(t, t.TempDir(), name(1), sample(16, 30*mib))
	s, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	r, p := s.Report, &s.Processes[0]
	if r.Verdict != "stranded" || !strings.Contains(strings.Join(r.Lines, " "), "fragmentation is the likely cause") || r.NoMap != "" {
		t.Errorf("%+v", r)
	}
	if p.Stranded != fragcalc.Of[int64](480*mib) || p.Job != "rank 3/8" || len(p.Pools) != 1 || s.Host != "node17" || s.GPUs[0].MemoryTotal != r.DeviceTotal {
		t.Errorf("%+v", p)
	}
	if used := s.GPUs[0].MemoryUsed; used != fragcalc.Of[int64](1900*mib) {
		t.Errorf("the GPU's used memory is %+v", used)
	}
	if len(s.Events) != 1 || s.Events[0].OOM.Verdict != "stranded" || s.Events[0].GPUUUID != p.GPUUUID {
		t.Errorf("%+v", s.Events)
	}
	for _, next := range r.Next {
		if strings.HasPrefix(next, "gpufragtop run") {
			t.Errorf("a program that left a report is to be run again: %q", next)
		}
	}
}

func TestAReportWithoutAMapSaysWhatCanBeSaid(t *testing.T) {
	r := sample(16, 30*mib)
	r.Walk, r.NoWalk = nil, page.WalkHistoryOn
	s, err := Read(write(t, t.TempDir(), name(1), r))
	if err != nil {
		t.Fatal(err)
	}
	if s.Report.Verdict != "stranded" || !strings.Contains(s.Report.NoMap, "history") || s.Processes[0].Stranded.Known() || s.Processes[0].Reserved != fragcalc.Of[int64](1600*mib) {
		t.Errorf("%+v\n%+v", s.Report, s.Processes[0].Figures)
	}
	if len(s.Faults) != 1 || s.Faults[0].Field != "pools" {
		t.Errorf("%+v", s.Faults)
	}
	call := page.Report{At: time.Unix(1, 0), Asked: fragcalc.Of[int64](5 << 30), DeviceTotal: fragcalc.Of[int64](80 << 30), NoWalk: page.WalkNoFramework, Call: "cudaMalloc", Ordinal: -1,
		Counters: page.Counters{Slot: page.Slot{Seq: 1}}}
	s, err = Read(write(t, t.TempDir(), name(2), call))
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(s.Report.Lines, " ")
	if s.GPUs[0].MemoryUsed.Known() { // its free memory is not told
		t.Errorf("the GPU's used memory is %+v", s.GPUs[0].MemoryUsed)
	}
	if s.Report.Verdict != "unclear" || !strings.Contains(said, "cudaMalloc asked for 5.00 GiB") || strings.Contains(said, "message") || s.Processes[0].Used.Known() {
		t.Errorf("%s %s", s.Report.Verdict, said)
	}
}

func TestOnlyWholeFilesOfOurOwnAreRead(t *testing.T) {
	folder := t.TempDir()
	good := write(t, folder, name(1), sample(1, mib))
	if err := os.Symlink(good, filepath.Join(folder, name(2))); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(folder, name(3)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, name(4)), 0o700); err != nil {
		t.Fatal(err)
	}
	for i, content := range [][]byte{nil, []byte("x"), page.EncodeReport(sample(1, mib))[:5000]} {
		if err := os.WriteFile(filepath.Join(folder, name(5+i)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	big, err := os.Create(filepath.Join(folder, name(8)))
	if err != nil {
		t.Fatal(err)
	}
	if err := big.Truncate(page.MaxReportSize + 1); err != nil {
		t.Fatal(err)
	}
	big.Close()
	for _, other := range []string{"notes.txt", "oom-1-2.report", name(9) + ".tmp"} {
		write(t, folder, other, sample(1, mib))
	}
	entries, skipped, err := List(folder)
	if len(skipped) != 1 || skipped[0] != "oom-1-2.report" {
		t.Errorf("skipped %q", skipped)
	}
	if err != nil || len(entries) != 8 {
		t.Fatalf("%v, %d entries", err, len(entries))
	}
	for i, entry := range entries {
		if want := name(8 - i); entry.Name != want {
			t.Errorf("%d: %s, want %s: newest first", i, entry.Name, want)
		}
		if readable := entry.Name == name(1); readable != (entry.Err == nil) || readable != (entry.Snapshot != nil) {
			t.Errorf("%s: %v", entry.Name, entry.Err)
		}
	}
	if _, err := Read(filepath.Join(folder, name(2))); err == nil || !strings.Contains(err.Error(), "is a link") {
		t.Errorf("a link: %v", err)
	}
	if Is(filepath.Join(folder, name(3))) || !Is(good) {
		t.Error("a FIFO is taken for a report, or a report not")
	}
}

func TestAnEmptyFolderHasNoReports(t *testing.T) {
	if entries, _, err := List(filepath.Join(t.TempDir(), "nothing")); err != nil || len(entries) > 0 {
		t.Errorf("%v %v", entries, err)
	}
}

func TestTheFolderIsFoundAsTheAgentFindsIt(t *testing.T) {
	t.Setenv("HOME", "/home/alice")
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("GPUFRAGTOP_REPORT_DIR", "")
	expect := func(want string) {
		t.Helper()
		if got, err := Folder(); err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	expect("/home/alice/.local/state/gpufragtop/reports")
	t.Setenv("XDG_STATE_HOME", "/state")
	expect("/state/gpufragtop/reports")
	t.Setenv("GPUFRAGTOP_REPORT_DIR", "/r")
	expect("/r")
	t.Setenv("GPUFRAGTOP_REPORT_DIR", "relative")
	if _, err := Folder(); err == nil {
		t.Error("a relative folder is taken")
	}
	t.Setenv("GPUFRAGTOP_REPORT_DIR", "/r")
	if got := Find(name(1)); got != "/r/"+name(1) {
		t.Errorf("found at %s", got)
	}
	if got := Find("snapshot.pickle"); got != "snapshot.pickle" {
		t.Errorf("found at %s", got)
	}
}

func TestTheCacheReadsAReportOnce(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("GPUFRAGTOP_REPORT_DIR", folder)
	path := write(t, folder, name(1), sample(4, mib))
	c := NewCache()
	if entry, found := c.Get(name(1)); !found || entry.Snapshot.Processes[0].Pools != nil || entry.Snapshot.Report.Verdict == "" {
		t.Fatalf("%+v", entry)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if list := c.List(); len(list) != 1 || list[0].Snapshot == nil {
		t.Errorf("%+v", list)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if list := c.List(); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	if _, found := c.Get("../" + name(1)); found {
		t.Error("a name with a folder is taken")
	}
}
