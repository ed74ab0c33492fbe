package probe

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// refused writes a report of process 42, which asked for 4 GiB of a GPU whose
// 8 GiB others hold, and gives the event that names it.
func refused(t *testing.T, folder string, at time.Time) fragcalc.Event {
	t.Helper()
	no := fragcalc.Unknown[int64]("not known")
	asked, free := fragcalc.Of[int64](4<<30), fragcalc.Of[int64](1<<30)
	device := page.Device{UUID: [16]byte{7}, Counters: fragcalc.Counters{
		Reserved: fragcalc.Of[int64](1 << 30), ReservedPeak: no, Allocated: fragcalc.Of[int64](1 << 30), AllocatedPeak: no,
		Active: fragcalc.Of[int64](1 << 30), ActivePeak: no, Requested: no, InactiveSplit: no, Segments: no, ActiveBlocks: no,
		InactiveSplitBlocks: no, AllocRetries: no, OOMs: no, DeviceAllocs: no, DeviceFrees: no, Allowed: no,
	}}
	name := fmt.Sprintf("oom-%020d-42.report", at.UnixNano())
	r := page.Report{
		PID: 42, At: at, Asked: asked, DeviceFree: free, DeviceTotal: fragcalc.Of[int64](8 << 30), Allowed: no, Stream: fragcalc.Unknown[uint64]("not known"),
		UUID: [16]byte{7}, Observer: true, NoWalk: page.WalkOverBudget,
		Counters: page.Counters{Slot: page.Slot{Seq: 1}, Framework: "pytorch", Devices: []page.Device{device}},
	}
	if err := os.WriteFile(filepath.Join(folder, name), page.EncodeReport(r), 0o600); err != nil {
		t.Fatal(err)
	}
	oom := &fragcalc.OOM{Asked: asked, DeviceFree: free, Report: name}
	return fragcalc.Event{At: at, GPUUUID: "GPU-a", PID: 42, Kind: "oom", OOM: oom, Text: oom.Line(units.Bytes, "")}
}

func row(pid int, gpu, user string, memory fragcalc.Bytes) fragcalc.Process {
	return fragcalc.Process{RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: pid}, GPUUUID: gpu}, User: user, GPUMemory: memory}
}

// The live event of an error says who held what was missing; the names are those
// of then, whoever comes later.
func TestLiveOOMNamesWhoHeldTheGPU(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GPUFRAGTOP_REPORT_DIR", folder)
	now := time.Now().Truncate(time.Millisecond)
	event := refused(t, folder, now.Add(-time.Second))
	const head = "out of memory: asked for 4.00 GiB, 1.00 GiB of the GPU was free: other processes"
	tail := "; report " + event.OOM.Report
	rows := []fragcalc.Process{
		row(42, "GPU-a", "me", fragcalc.Of[int64](2<<30)), row(7, "GPU-a", "alice", fragcalc.Of[int64](1<<30)), row(8, "GPU-a", "bob", fragcalc.Of[int64](3<<30)),
		row(9, "GPU-b", "carol", fragcalc.Of[int64](5<<30)), row(10, "GPU-a", "", fragcalc.Unknown[int64]("hidden")), row(11, "GPU-a", "dave", fragcalc.Of[int64](2<<30)),
		row(12, "GPU-a", "erin", fragcalc.Of[int64](0)),
	}
	judge := newOOMJudge()
	tell := func(at time.Time, rows []fragcalc.Process) string {
		shot := &fragcalc.Snapshot{Processes: rows, Events: []fragcalc.Event{event}}
		judge.judge(shot, at)
		return shot.Events[0].Text
	}
	want := head + ": 8 (bob, 3.00 GiB), 11 (dave, 2.00 GiB), 7 (alice, 1.00 GiB), 1 more" + tail
	if got := tell(now, rows); got != want {
		t.Errorf("told %q\nwant %q", got, want)
	}
	if got := tell(now.Add(time.Hour), rows[:2]); got != want {
		t.Errorf("an hour later: %q", got)
	}
	if event.OOM.Holders != nil {
		t.Error("the event of the page was written to")
	}
	judge = newOOMJudge()
	if got := tell(now.Add(time.Hour), rows); got != head+tail {
		t.Errorf("who comes an hour later names others: %q", got)
	}
	judge = newOOMJudge()
	if got := tell(now, rows[:1]); got != head+tail {
		t.Errorf("nobody else: %q", got)
	}
}
