package tui

import (
	"fmt"
	"math/rand"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	mib = 1 << 20
	gib = 1 << 30
)

// epoch is the wall clock of all tests.
var epoch = time.Date(2026, 3, 4, 12, 4, 31, 0, time.UTC)

// testNode is a node with devices and processes, many of them looked into.
func testNode(seed int64, gpus, processes int) *fragcalc.Snapshot {
	r := rand.New(rand.NewSource(seed))
	s := &fragcalc.Snapshot{At: epoch, Host: "node17", Version: "test", Driver: "580.159", CUDA: "13.0"}
	for i := range gpus {
		s.GPUs = append(s.GPUs, fragcalc.GPU{
			Index: i, UUID: fmt.Sprintf("GPU-%04d", i), Name: "NVIDIA H100 80GB HBM3",
			MemoryTotal: fragcalc.Of[int64](80 * gib), MemoryDriverReserved: fragcalc.Of[int64](600 * mib),
			Utilization: fragcalc.Of(90 + i%10), Temperature: fragcalc.Of(60 + i%9), Power: fragcalc.Of(500_000),
		})
	}
	used := make([]int64, gpus)
	for i := range processes {
		gpu := i % gpus
		p := testProcess(r, 48000+i*7, s.GPUs[gpu].UUID, int64(processes/gpus+1))
		used[gpu] += p.GPUMemory.Or(0)
		s.Processes = append(s.Processes, p)
	}
	for i := range s.GPUs {
		s.GPUs[i].MemoryUsed = fragcalc.Of(used[i])
		s.GPUs[i].MemoryFree = fragcalc.Of(80*gib - 600*mib - used[i])
	}
	return s
}

// testProcess is a process of random pools; every fourth is not instrumented.
func testProcess(r *rand.Rand, pid int, uuid string, share int64) fragcalc.Process {
	p := fragcalc.Process{
		RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: pid, StartTicks: uint64(pid)}, GPUUUID: uuid},
		User:  []string{"alice", "bob", "carol"}[r.Intn(3)], UID: 1000,
		Command: []string{"python train.py --model llama-8b --steps 100000", "python -m serve", "python eval.py"}[r.Intn(3)],
	}
	p.Where = fragcalc.Where{Kind: "session", ID: "session-3.scope", Unit: "session-3.scope"}
	const reason = "not instrumented"
	p.Figures = fragcalc.UnknownFigures(reason)
	p.SnapshotAge = fragcalc.Unknown[time.Duration](reason)
	if pid/7%4 == 3 {
		p.Command = "llama-server -m model.gguf --port 8080"
		p.Where = fragcalc.Where{Kind: "systemd", ID: "llama.service", Unit: "llama.service"}
		p.Framework = fragcalc.Framework{Name: "llama.cpp", Source: "outside"}
		p.GPUMemory = fragcalc.Of[int64](2560 * mib / share)
		p.Hook = fragcalc.ReleaseHook{Reason: reason}
		return p
	}
	p.Instrumented = true
	p.Framework = fragcalc.Framework{Name: "pytorch", Version: "2.11", Source: "page"}
	p.Settings = fragcalc.AllocatorSettings{Text: "expandable_segments:False", Source: "page", Backend: "native"}
	p.Hook = fragcalc.ReleaseHook{Available: true}
	p.Watching = fragcalc.Watching{Share: fragcalc.Of(0.0003), WorstHold: fragcalc.Of(800 * time.Microsecond)}
	p.SnapshotAge = fragcalc.Of(800 * time.Millisecond)
	p.Pools = fragcalc.GroupPools(testSegments(r, int(60/share)+3))
	p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	p.ActivePeak = fragcalc.Of(p.Used.Or(0) + 64*mib)
	p.ReservedPeak = p.Reserved
	p.GPUMemory = fragcalc.Of(p.Reserved.Or(0) + 520*mib)
	p.Against(p.GPUMemory, p.ActivePeak)
	p.Room = fragcalc.Room{DeviceFree: fragcalc.Of[int64](10 * gib), Allowed: fragcalc.Unknown[int64]("no cap")}
	p.Fit(p.Pools, p.Settings, p.Room)
	p.AllocRetries, p.OOMs = fragcalc.Of[int64](3), fragcalc.Of[int64](0)
	return p
}

func testSegments(r *rand.Rand, n int) []fragcalc.WalkSegment {
	var segments []fragcalc.WalkSegment
	address := uint64(0x7f1200000000)
	for range n {
		id := fragcalc.PoolID{Small: r.Intn(3) == 0}
		if r.Intn(12) == 0 {
			id.Private = [2]uint64{0, 2}
		}
		size := int64(2 * mib)
		if !id.Small {
			size = []int64{20 * mib, 64 * mib, 512 * mib, 2 * gib}[r.Intn(4)]
		}
		segments = append(segments, fragcalc.WalkSegment{PoolID: id, Segment: testSegment(r, address, size)})
		address += uint64(size) + uint64(r.Intn(4))*4*gib
	}
	return segments
}

func testSegment(r *rand.Rand, address uint64, size int64) fragcalc.Segment {
	segment := fragcalc.Segment{Address: address, Size: size}
	if r.Intn(6) == 0 {
		segment.Blocks = []fragcalc.Block{{Address: address, Size: size, State: fragcalc.BlockFree}}
		return segment
	}
	free := false
	for at := int64(0); at < size; {
		take := min((r.Int63n(size/4)/512+1)*512, size-at)
		block := fragcalc.Block{Address: address + uint64(at), Size: take, State: fragcalc.BlockUsed, Requested: take - r.Int63n(512)}
		switch {
		case !free && at > 0 && r.Intn(3) == 0:
			block.State, block.Requested = fragcalc.BlockFree, 0
		case r.Intn(20) == 0:
			block.State = fragcalc.BlockPending
		}
		free = block.State == fragcalc.BlockFree
		segment.Blocks = append(segment.Blocks, block)
		at += take
	}
	return segment
}
