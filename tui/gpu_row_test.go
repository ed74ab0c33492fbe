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
	r := newRetries()
	at := time.Unix(1_700_000_000, 0)
	sample := func(count int64) *fragcalc.Snapshot {
		p := fragcalc.Process{RowID: fragcalc.RowID{GPUUUID: "GPU-0"}, AllocRetries: fragcalc.Of(count)}
		dumb := fragcalc.Process{RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 2}, GPUUUID: "GPU-1"}}
		s := &fragcalc.Snapshot{At: at, Processes: []fragcalc.Process{p, dumb}}
		r.push(s)
		return s
	}
	// One retry in each second, for two minutes: 60 a minute, give or take what
	// the parts of the minute round off.
	var s *fragcalc.Snapshot
	for i := range int64(120) {
		s = sample(100 + i)
		at = at.Add(time.Second)
	}
	if n, ok := r.ofGPU(s, "GPU-0").Get(); !ok || n < 54 || n > 60 {
		t.Errorf("%v a minute", r.ofGPU(s, "GPU-0"))
	}
	if n := r.ofGPU(s, "GPU-1"); n.Known() {
		t.Errorf("a process that does not tell: %v", n)
	}
	at = at.Add(10 * time.Minute)
	if n := r.ofGPU(sample(500), "GPU-0"); n.Or(-1) != 0 {
		t.Errorf("after a long pause of the monitor: %v", n)
	}
	at = at.Add(time.Second)
	if n := r.ofGPU(sample(503), "GPU-0"); n.Or(-1) != 3 {
		t.Errorf("3 in the last second: %v", n)
	}
	at = at.Add(time.Second)
	if n := r.ofGPU(sample(2), "GPU-0"); n.Or(-1) != 0 {
		t.Errorf("a counter that was reset: %v", n)
	}
}
