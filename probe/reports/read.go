package reports

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/explain"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/probe/gpus"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

const (
	// longestName is how much of a file's name is shown, in bytes.
	longestName = 400
	// FromReport is why a figure of the driver, or of a living process, is
	// unknown.
	FromReport = "read from a report"
)

// Read reads a report that somebody names. The error is one line that names the
// file and says what is wrong with it.
func Read(path string) (*fragcalc.Snapshot, error) {
	shot, err := load(path, false)
	if err != nil {
		return nil, fmt.Errorf("%s %w", text.Clean(path, longestName), err)
	}
	return shot, nil
}

// load reads a report; the error's words follow its name.
func load(path string, own bool) (*fragcalc.Snapshot, error) {
	b, err := read(path, own)
	if err != nil {
		return nil, err
	}
	r, err := page.DecodeReport(b)
	if err != nil {
		return nil, fmt.Errorf("is a damaged report: %w", err)
	}
	return snapshot(&r, text.Clean(filepath.Base(path), longestName)), nil
}

// snapshot is the process and its GPU at the moment of the error.
func snapshot(r *page.Report, name string) *fragcalc.Snapshot {
	uuid := "device"
	if r.UUID != [16]byte{} {
		uuid = gpus.FormatUUID(r.UUID)
	} else if r.Ordinal >= 0 {
		uuid = fmt.Sprintf("device-%d", r.Ordinal)
	}
	shot := &fragcalc.Snapshot{
		At: r.At, Host: r.Host, From: name,
		GPUs:      []fragcalc.GPU{gpu(r, uuid)},
		Processes: []fragcalc.Process{process(r, uuid)},
	}
	p := &shot.Processes[0]
	shot.Report = &fragcalc.OOMReport{
		At: r.At, Asked: r.Asked, DeviceFree: r.DeviceFree, DeviceTotal: r.DeviceTotal, Allowed: r.Allowed,
		Stream: r.Stream, Call: r.Call, Ordinal: r.Ordinal, Stack: r.Stack, OtherThread: r.OtherThread,
		NoMap: noMap(r), More: int(min(r.More, 1<<31-1)),
	}
	if !r.Observer && r.Call == "" {
		shot.Report.Call = "an allocation"
	}
	said := explain.Report(shot.Report, p)
	shot.Report.Verdict, shot.Report.Lines, shot.Report.Next = string(said.Verdict), said.Lines, said.Next
	told := &fragcalc.OOM{Asked: r.Asked, DeviceFree: r.DeviceFree, Verdict: shot.Report.Verdict, More: shot.Report.More, Report: name}
	shot.Events = []fragcalc.Event{{
		At: r.At, Scope: fragcalc.ScopeProcess, GPUUUID: uuid, PID: p.PID, Kind: "oom",
		Text: told.Line(units.Bytes, said.Verdict.Words()), OOM: told,
	}}
	if p.Pools == nil {
		shot.Faults = []fragcalc.Fault{{Scope: fragcalc.ScopeProcess, GPUUUID: uuid, PID: p.PID, Field: "pools", Reason: noMap(r)}}
	}
	return shot
}

func gpu(r *page.Report, uuid string) fragcalc.GPU {
	bytes, number := fragcalc.Unknown[int64](FromReport), fragcalc.Unknown[int](FromReport)
	return fragcalc.GPU{
		Index: max(0, r.Ordinal), UUID: uuid, // the number is the process's own
		MemoryTotal: r.DeviceTotal, MemoryFree: r.DeviceFree,
		MemoryUsed: used(r), MemoryDriverReserved: bytes,
		Utilization: number, Temperature: number, Power: number,
	}
}

// used is what was not free of the GPU, whoever had it.
func used(r *page.Report) fragcalc.Bytes {
	total, ok := r.DeviceTotal.Get()
	free, ok2 := r.DeviceFree.Get()
	if !ok || !ok2 || free > total {
		return fragcalc.Unknown[int64](FromReport)
	}
	return fragcalc.Of(total - free)
}

func process(r *page.Report, uuid string) fragcalc.Process {
	driver := fragcalc.Unknown[int64](FromReport)
	c, settings := counters(r), r.Counters.Settings
	settings.Source = "file"
	p := fragcalc.Process{
		RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: int(r.PID), StartTicks: r.StartTicks}, GPUUUID: uuid},
		UID:   int(r.UID), Command: r.Command, Job: procs.JobText(r.Counters.Variables()),
		Where: fragcalc.Where{Reason: FromReport}, Task: ranks.Read(r.Counters.Variables(), fragcalc.Where{}, 0),
		GPUMemory: driver, Instrumented: true,
		Framework:   fragcalc.Framework{Name: r.Counters.Framework, Version: r.Counters.FrameworkVersion, Source: "file"},
		Settings:    settings,
		SnapshotAge: fragcalc.Unknown[time.Duration](FromReport),
		ActivePeak:  c.ActivePeak, ReservedPeak: c.ReservedPeak, AllocRetries: c.AllocRetries, OOMs: c.OOMs,
		Room: fragcalc.Room{DeviceFree: r.DeviceFree, Allowed: r.Allowed, DeviceFrees: c.DeviceFrees},
		Watching: fragcalc.Watching{
			Share:     fragcalc.Unknown[float64](FromReport),
			WorstHold: fragcalc.Unknown[time.Duration](FromReport),
			NextHold:  fragcalc.Unknown[time.Duration](FromReport),
		},
		Hook: fragcalc.ReleaseHook{Reason: FromReport},
	}
	if r.Walk != nil && !r.Walk.Cut && len(r.Walk.Devices) == 1 {
		p.Pools = append([]fragcalc.Pool{}, fragcalc.GroupPools(r.Walk.Devices[0].Segments)...)
		p.Figures = fragcalc.Measure(p.Pools, settings)
	} else {
		p.Figures = fragcalc.FromCounters(c, noMap(r))
	}
	p.Fit(p.Pools, p.Settings, p.Room)
	p.Against(p.GPUMemory, p.ActivePeak)
	return p
}

// counters are those of the device; unknown where the allocator told none.
func counters(r *page.Report) fragcalc.Counters {
	if len(r.Counters.Devices) == 1 {
		return r.Counters.Devices[0].Counters
	}
	return fragcalc.Counters{}.Unknown("the process's allocator was not asked")
}

// noMap says why there is no block map; empty where there is one.
func noMap(r *page.Report) string {
	switch {
	case r.Walk != nil && r.Walk.Cut:
		return fmt.Sprintf("the block map is cut: %d of %d blocks fit into the report", r.Walk.Blocks, r.Walk.BlocksTotal)
	case r.Walk != nil && len(r.Walk.Devices) == 1:
		return ""
	}
	switch r.NoWalk {
	case page.WalkHistoryOn:
		return "the program recorded its memory history: a block map would have copied it"
	case page.WalkOverBudget:
		return "a block map would have held the program's Python lock for too long"
	case page.WalkNoFramework:
		return "the refused call was not PyTorch's: there is no allocator to ask"
	case page.WalkNotReady:
		return "the program was ending, or its agent not ready"
	}
	return "the block map could not be read"
}
