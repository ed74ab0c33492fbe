package tui

import (
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestWhatFitsOnAGPUIsWhatEveryProcessCouldAllocate(t *testing.T) {
	gpu := fragcalc.GPU{UUID: "GPU-0", MemoryFree: fragcalc.Of[int64](5 * gib)}
	on := func(uuid string, fits fragcalc.Bytes) fragcalc.Process {
		p := fragcalc.Process{RowID: fragcalc.RowID{GPUUUID: uuid}}
		p.FitsNow = fits
		return p
	}
	unknown := fragcalc.Unknown[int64]("not instrumented")
	for name, c := range map[string]struct {
		processes []fragcalc.Process
		want      fragcalc.Bytes
	}{
		"nobody":              {nil, fragcalc.Of[int64](5 * gib)},
		"none seen into":      {[]fragcalc.Process{on("GPU-0", unknown)}, fragcalc.Of[int64](5 * gib)},
		"the least of two":    {[]fragcalc.Process{on("GPU-0", fragcalc.Of[int64](7*gib)), on("GPU-0", fragcalc.Of[int64](2*gib))}, fragcalc.Of[int64](2 * gib)},
		"another GPU's":       {[]fragcalc.Process{on("GPU-1", fragcalc.Of[int64](gib))}, fragcalc.Of[int64](5 * gib)},
		"more than is free":   {[]fragcalc.Process{on("GPU-0", fragcalc.Of[int64](9*gib))}, fragcalc.Of[int64](9 * gib)},
		"nothing fits at all": {[]fragcalc.Process{on("GPU-0", fragcalc.Of[int64](0)), on("GPU-0", unknown)}, fragcalc.Of[int64](0)},
	} {
		if got := fitsOn(&gpu, c.processes); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if got := fitsOn(&fragcalc.GPU{MemoryFree: fragcalc.Unknown[int64]("denied")}, nil); got.Known() || got.Reason() != "denied" {
		t.Errorf("nothing known: %v", got)
	}
}

func TestRetriesAMinute(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	w := &world{trends: newTrends()}
	sample := func(count int64) {
		p := fragcalc.Process{RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 1}, GPUUUID: "GPU-0"}, AllocRetries: fragcalc.Of(count)}
		dumb := fragcalc.Process{RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 2}, GPUUUID: "GPU-1"}}
		p.Reserved = fragcalc.Of[int64](gib)
		w.snapshot = &fragcalc.Snapshot{At: at, Processes: []fragcalc.Process{p, dumb},
			GPUs: []fragcalc.GPU{{UUID: "GPU-0"}, {UUID: "GPU-1"}}}
		w.trends.Push(w.snapshot)
	}
	// One retry in each second, for two minutes.
	for i := range int64(120) {
		at = at.Add(time.Second)
		sample(100 + i)
	}
	if n, ok := w.retriesOn("GPU-0").Get(); !ok || n != 60 {
		t.Errorf("%v a minute", w.retriesOn("GPU-0"))
	}
	if n := w.retriesOn("GPU-1"); n.Known() {
		t.Errorf("a process that does not tell: %v", n)
	}
	at = at.Add(10 * time.Minute)
	sample(219)
	if n := w.retriesOn("GPU-0"); n.Or(-1) != 0 {
		t.Errorf("after ten quiet minutes: %v", n)
	}
	at = at.Add(time.Second)
	sample(222)
	if n := w.retriesOn("GPU-0"); n.Or(-1) != 3 {
		t.Errorf("3 in the last second: %v", n)
	}
	at = at.Add(time.Second)
	sample(2)
	if n := w.retriesOn("GPU-0"); n.Or(-1) != 3 {
		t.Errorf("a counter that was reset has not retried: %v", n)
	}
	w.snapshot.Processes = w.snapshot.Processes[1:]
	if n := w.retriesOn("GPU-0"); n.Known() {
		t.Errorf("nobody is left to tell: %v", n)
	}
}
