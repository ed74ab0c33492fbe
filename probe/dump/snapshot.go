package dump

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// FromFile is why a figure of the driver, or of a living process, is unknown.
const FromFile = "read from a file"

// Source is the value of Framework.Source and AllocatorSettings.Source of rows
// that were read from a file.
const Source = "file"

// snapshot puts everything together.
func (r *reader) snapshot(name string, at time.Time) (*fragcalc.Snapshot, error) {
	devices := r.byDevice()
	traces := map[int][]fragcalc.TraceEvent{}
	for device, list := range r.traces {
		from, count, ok := r.decoder.Take(list, kindEvent)
		if !ok {
			return nil, fmt.Errorf("the trace of device %d is %s of something else", device, r.decoder.Name(list))
		}
		if count > 0 {
			traces[device] = r.events.list[from : from+count : from+count]
			if _, has := devices[device]; !has {
				devices[device] = nil
			}
		}
	}
	shot := &fragcalc.Snapshot{At: at, From: name}
	settings := r.allocatorSettings()
	for _, device := range sortedKeys(devices) {
		segments := devices[device]
		if err := disjoint(segments); err != nil {
			return nil, fmt.Errorf("device %d: %w", device, err)
		}
		uuid := "device-" + strconv.Itoa(device)
		shot.GPUs = append(shot.GPUs, gpu(device, uuid))
		shot.Processes = append(shot.Processes, r.process(name, uuid, segments, traces[device], settings))
		if last := lastMicros(traces[device]); last > 0 && (shot.At.Equal(at) || time.UnixMicro(last).After(shot.At)) {
			shot.At = time.UnixMicro(last)
		}
	}
	return shot, nil
}

// byDevice sorts the segments by the device they are on.
func (r *reader) byDevice() map[int][]fragcalc.WalkSegment {
	counts := map[int]int{}
	for i := r.walk[0]; i < r.walk[1]; i++ {
		counts[r.segments.at(i).device]++
	}
	devices := make(map[int][]fragcalc.WalkSegment, len(counts))
	for device, count := range counts {
		devices[device] = make([]fragcalc.WalkSegment, 0, count)
	}
	for i := r.walk[0]; i < r.walk[1]; i++ {
		s := r.segments.at(i)
		devices[s.device] = append(devices[s.device], s.WalkSegment)
	}
	r.segments = segmentStore{}
	return devices
}

func sortedKeys(devices map[int][]fragcalc.WalkSegment) []int {
	var keys []int
	for device := range devices {
		keys = append(keys, device)
	}
	slices.Sort(keys)
	return keys
}

func lastMicros(events []fragcalc.TraceEvent) int64 {
	if len(events) == 0 {
		return 0
	}
	return events[len(events)-1].Micros
}

// gpu is a device of which only its number is known.
func gpu(device int, uuid string) fragcalc.GPU {
	bytes, number := fragcalc.Unknown[int64](FromFile), fragcalc.Unknown[int](FromFile)
	return fragcalc.GPU{
		Index: device, UUID: uuid,
		MemoryTotal: bytes, MemoryUsed: bytes, MemoryFree: bytes, MemoryDriverReserved: bytes,
		Utilization: number, Temperature: number, Power: number,
	}
}

// process is the program on one device.
func (r *reader) process(name, uuid string, segments []fragcalc.WalkSegment, events []fragcalc.TraceEvent, settings fragcalc.AllocatorSettings) fragcalc.Process {
	untold := fragcalc.Unknown[int64]("a snapshot file does not tell it")
	driver := fragcalc.Unknown[int64](FromFile)
	p := fragcalc.Process{
		RowID:        fragcalc.RowID{GPUUUID: uuid},
		UID:          -1,
		Command:      name,
		Where:        fragcalc.Where{Reason: FromFile},
		Task:         fragcalc.UnknownTask(FromFile),
		GPUMemory:    driver,
		Instrumented: true,
		Framework:    fragcalc.Framework{Name: "pytorch", Source: Source},
		Settings:     settings,
		SnapshotAge:  fragcalc.Unknown[time.Duration](FromFile),
		ActivePeak:   untold, ReservedPeak: untold, AllocRetries: untold, OOMs: untold,
		Pools:  fragcalc.GroupPools(segments),
		Room:   fragcalc.Room{DeviceFree: driver, Allowed: driver, DeviceFrees: untold},
		Stacks: r.stacks.list,
		Watching: fragcalc.Watching{
			Share:     fragcalc.Unknown[float64](FromFile),
			WorstHold: fragcalc.Unknown[time.Duration](FromFile),
			NextHold:  fragcalc.Unknown[time.Duration](FromFile),
		},
		Hook: fragcalc.ReleaseHook{Reason: FromFile},
	}
	p.Figures = fragcalc.Measure(p.Pools, settings)
	// What fits depends on what the driver has left: no need to search for it.
	p.FitsNow, p.FitsAfterRelease = driver, driver
	p.Against(p.GPUMemory, p.ActivePeak)
	if r.unrequested {
		unrequested(&p)
	}
	if len(events) > 0 {
		p.Trace = &fragcalc.Trace{Events: events, Cut: cut(p.Pools, events)}
	}
	return p
}

// unrequested makes unknown what follows from the requested sizes.
func unrequested(p *fragcalc.Process) {
	untold := fragcalc.Unknown[int64]("this version of the format does not tell requested sizes")
	p.Requested, p.Rounding = untold, untold
	for i := range p.Pools {
		p.Pools[i].Requested, p.Pools[i].Rounding = untold, untold
	}
}

// disjoint checks that no two segments of a device overlap.
func disjoint(segments []fragcalc.WalkSegment) error {
	byAddress := func(a, b fragcalc.WalkSegment) int { return cmp.Compare(a.Address, b.Address) }
	if !slices.IsSortedFunc(segments, byAddress) { // PyTorch writes them in order
		slices.SortStableFunc(segments, byAddress)
	}
	var reserved int64
	for i := range segments {
		if reserved += segments[i].Size; reserved < 0 || reserved > mostReserved {
			return fmt.Errorf("segments of more than %s", units.Bytes(mostReserved))
		}
	}
	for i := 1; i < len(segments); i++ {
		before, next := &segments[i-1], &segments[i]
		if before.Address+uint64(before.Size) > next.Address {
			return fmt.Errorf("segments %#x and %#x overlap", before.Address, next.Address)
		}
	}
	return nil
}
