package page

import (
	"math/rand/v2"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// sampleHeader has a different value in every field.
func sampleHeader() Header {
	return Header{
		ABIMinor: ABIMinor, PID: 42, UID: 1000, StartTicks: 4711, PIDNamespace: 4026531836, PageInode: 17, CmdInode: 18,
		Capabilities: CapPython | CapFramework | CapRelease | CapCaptureCount,
		Heartbeat:    1e9, CountersSeq: 5, WalkSeq: 4, WalkStatus: WalkOverBudget, ReleaseUnderway: true,
		LastRelease: 9e8, ReleaseInterval: 10 * time.Second, CaptureBegins: 3, CaptureEnds: 2,
		ExpectedHold: fragcalc.Of(30 * time.Millisecond), MaxHold: 20 * time.Millisecond,
		HoldTotal: time.Second, HoldWorst: 4 * time.Millisecond, Watched: time.Hour, Walks: 6, EventNext: 7,
		SourceHash: "0123abcd", LastError: "no such attribute", RecordingUntil: 8e9,
		Ranks: fragcalc.Ranks{Initialized: true, NCCL: true, HoldsGIL: true, Rank: 3, World: 8}, OwnRelease: "kv cache",
	}
}

func sampleCounters() Counters {
	return Counters{
		Slot:      Slot{Seq: 5, TakenAt: 2e9, Hold: time.Millisecond},
		HistoryOn: true, Framework: "pytorch", FrameworkVersion: "2.6.0+cu124",
		Settings: fragcalc.AllocatorSettings{Text: "expandable_segments:True", Source: "page", LargeSegmentBytes: 20 << 20, Backend: "native"},
		Job:      []string{"RANK=3", "WORLD_SIZE=8"},
		Devices:  []Device{sampleDevice(0), {UUID: [16]byte{9}, Ordinal: 1, Counters: unknownCounters()}},
	}
}

func sampleDevice(ordinal int) Device {
	return Device{
		UUID: [16]byte{1, 2, 3, byte(ordinal)}, Ordinal: ordinal, Context: true,
		Counters: fragcalc.Counters{
			Reserved: fragcalc.Of[int64](1), ReservedPeak: fragcalc.Of[int64](2),
			Allocated: fragcalc.Of[int64](3), AllocatedPeak: fragcalc.Of[int64](4),
			Active: fragcalc.Of[int64](5), ActivePeak: fragcalc.Of[int64](6),
			Requested: fragcalc.Of[int64](7), InactiveSplit: fragcalc.Of[int64](0),
			Segments: fragcalc.Of[int64](9), ActiveBlocks: fragcalc.Of[int64](10),
			InactiveSplitBlocks: fragcalc.Of[int64](11), AllocRetries: fragcalc.Of[int64](12),
			OOMs: fragcalc.Of[int64](13), DeviceAllocs: fragcalc.Of[int64](14),
			DeviceFrees: fragcalc.Of[int64](15), Allowed: fragcalc.Of[int64](16),
		},
	}
}

func unknownCounters() fragcalc.Counters {
	var c fragcalc.Counters
	for _, f := range counterFields(&c, &(deviceRecord{})) {
		*f.figure = fragcalc.Unknown[int64]("not told by the allocator")
	}
	c.Allowed = fragcalc.Unknown[int64]("no cap known")
	return c
}

// sampleWalk has about the given number of blocks, on two devices.
func sampleWalk(blocks int) Walk {
	random := rand.New(rand.NewPCG(1, uint64(blocks)))
	walk := Walk{
		Slot:    Slot{Seq: 4, TakenAt: 3e9, Hold: 2 * time.Millisecond},
		Devices: []WalkDevice{{Device: sampleDevice(0)}, {Device: sampleDevice(1)}},
	}
	address := uint64(0x7f0000000000)
	for walk.Blocks < blocks {
		device := &walk.Devices[random.IntN(2)]
		s := fragcalc.WalkSegment{
			PoolID:  fragcalc.PoolID{Private: [2]uint64{0, random.Uint64N(2)}, Small: random.IntN(2) == 0, Stream: random.Uint64N(3)},
			Segment: fragcalc.Segment{Address: address, Expandable: random.IntN(2) == 0},
		}
		for range min(1+random.IntN(60), blocks-walk.Blocks) {
			block := fragcalc.Block{Address: address, Size: 512 * (1 + random.Int64N(4000)), State: fragcalc.BlockState(random.IntN(3))}
			if block.State != fragcalc.BlockFree {
				block.Requested, block.Stack = block.Size-random.Int64N(512), random.Uint32N(9)
			}
			address += uint64(block.Size)
			s.Size += block.Size
			s.Blocks = append(s.Blocks, block)
		}
		walk.Blocks += len(s.Blocks)
		walk.SegmentsTotal++
		address += 2 << 20
		device.Segments = append(device.Segments, s)
	}
	walk.BlocksTotal = uint64(walk.Blocks)
	return walk
}
