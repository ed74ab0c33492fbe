package document

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

type readProcess struct {
	PID        int        `json:"pid"`
	StartTicks int64      `json:"start_ticks"`
	User       *string    `json:"user"`
	UID        *int       `json:"uid"`
	Command    *string    `json:"command"`
	Job        *string    `json:"job"`
	Where      *readWhere `json:"where"`
	readTask
	UUID             string   `json:"gpu_uuid"`
	GPUUse           *string  `json:"gpu_use"`
	GPUMemory        *int64   `json:"gpu_memory_bytes"`
	CPU              *float64 `json:"cpu_cores"`
	HostMemory       *int64   `json:"host_memory_bytes"`
	Instrumented     bool     `json:"instrumented"`
	OutOfReach       bool     `json:"out_of_reach"`
	Framework        *string  `json:"framework"`
	FrameworkVersion *string  `json:"framework_version"`
	FrameworkSource  *string  `json:"framework_source"`
	Settings         *string  `json:"settings"`
	SettingsSource   *string  `json:"settings_source"`
	SnapshotAge      *float64 `json:"snapshot_age_ms"`
	readFigures
	ActivePeak   *int64  `json:"active_peak_bytes"`
	ReservedPeak *int64  `json:"reserved_peak_bytes"`
	AllocRetries *int64  `json:"alloc_retries"`
	OOMs         *int64  `json:"ooms"`
	Release      bool    `json:"release_available"`
	Refusal      *string `json:"release_refusal"`
	Watching     struct {
		Share     *float64 `json:"share_ratio"`
		WorstHold *float64 `json:"worst_hold_ms"`
		NextHold  *float64 `json:"next_hold_ms"`
	} `json:"watching"`
	Pools []readPool `json:"pools"`
}

type readFigures struct {
	Reserved         *int64   `json:"reserved_bytes"`
	Used             *int64   `json:"used_bytes"`
	Requested        *int64   `json:"requested_bytes"`
	Rounding         *int64   `json:"rounding_bytes"`
	Pending          *int64   `json:"pending_bytes"`
	Releasable       *int64   `json:"releasable_bytes"`
	Parked           *int64   `json:"parked_bytes"`
	Stranded         *int64   `json:"stranded_bytes"`
	Unallocated      *int64   `json:"unallocated_bytes"`
	Slack            *int64   `json:"slack_bytes"`
	Free             *int64   `json:"free_bytes"`
	LargestFree      *int64   `json:"largest_free_block_bytes"`
	ReleaseEstimate  *int64   `json:"release_estimate_bytes"`
	FitsNow          *int64   `json:"fits_now_bytes"`
	FitsAfterRelease *int64   `json:"fits_after_release_bytes"`
	Unbacked         *int64   `json:"unbacked_bytes"`
	Other            *int64   `json:"other_bytes"`
	Fragmentation    *float64 `json:"fragmentation_ratio"`
	External         *float64 `json:"external_fragmentation_ratio"`
}

type readPool struct {
	Kind        string        `json:"kind"`
	Stream      string        `json:"stream"`
	PrivatePool string        `json:"private_pool"`
	Segments    []readSegment `json:"segments"`
	readFigures
}

type readSegment struct {
	Address    string      `json:"address"`
	Size       int64       `json:"size_bytes"`
	Expandable bool        `json:"expandable"`
	Blocks     []readBlock `json:"blocks"`
}

type readBlock struct {
	Address   string `json:"address"`
	Size      int64  `json:"size_bytes"`
	Requested *int64 `json:"requested_bytes"`
	State     string `json:"state"`
}

func (d *decoder) process(in *readProcess) (fragcalc.Process, error) {
	p := fragcalc.Process{RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: in.PID, StartTicks: uint64(in.StartTicks)}, GPUUUID: clean(in.UUID)}}
	d.scope, d.uuid, d.pid = fragcalc.ScopeProcess, p.GPUUUID, p.PID
	p.User = d.text("user", in.User)
	if in.UID == nil {
		d.null("uid")
		p.UID = -1
	} else {
		p.UID = *in.UID
	}
	p.Command = d.text("command", in.Command)
	p.Job = d.text("job", in.Job)
	p.Where = d.where(in.Where)
	p.Task = d.task(&in.readTask)
	p.Type = d.text("gpu_use", in.GPUUse)
	p.GPUMemory = d.bytes("gpu_memory_bytes", in.GPUMemory)
	p.Host = fragcalc.HostUse{CPU: d.cores("cpu_cores", in.CPU), Memory: d.bytes("host_memory_bytes", in.HostMemory)}
	p.Instrumented, p.OutOfReach = in.Instrumented, in.OutOfReach
	p.Framework.Name = d.text("framework", in.Framework)
	p.Framework.Version = d.text("framework_version", in.FrameworkVersion)
	p.Framework.Source = d.text("framework_source", in.FrameworkSource)
	p.Settings.Text = d.text("settings", in.Settings)
	p.Settings.Source = d.text("settings_source", in.SettingsSource)
	p.SnapshotAge = d.milliseconds("snapshot_age_ms", in.SnapshotAge)
	p.Figures = d.figures(&in.readFigures)
	p.ActivePeak = d.bytes("active_peak_bytes", in.ActivePeak)
	p.ReservedPeak = d.bytes("reserved_peak_bytes", in.ReservedPeak)
	p.AllocRetries = d.bytes("alloc_retries", in.AllocRetries)
	p.OOMs = d.bytes("ooms", in.OOMs)
	p.Hook = fragcalc.ReleaseHook{Available: in.Release, Reason: orEmpty(in.Refusal)}
	p.Watching.Share = d.ratio("share_ratio", in.Watching.Share)
	p.Watching.WorstHold = d.milliseconds("worst_hold_ms", in.Watching.WorstHold)
	p.Watching.NextHold = d.milliseconds("next_hold_ms", in.Watching.NextHold)
	d.scope = ""
	if len(in.Pools) > mostRows {
		return p, fmt.Errorf("process %d has more than %d pools", p.PID, mostRows)
	}
	for i := range in.Pools {
		pool, err := d.pool(&in.Pools[i])
		if err != nil {
			return p, fmt.Errorf("process %d, pool %d: %w", p.PID, i, err)
		}
		p.Pools = append(p.Pools, pool)
	}
	return p, nil
}

func (d *decoder) figures(in *readFigures) fragcalc.Figures {
	var f fragcalc.Figures
	f.Reserved = d.bytes("reserved_bytes", in.Reserved)
	f.Used = d.bytes("used_bytes", in.Used)
	f.Requested = d.bytes("requested_bytes", in.Requested)
	f.Rounding = d.bytes("rounding_bytes", in.Rounding)
	f.Pending = d.bytes("pending_bytes", in.Pending)
	f.Releasable = d.bytes("releasable_bytes", in.Releasable)
	f.Parked = d.bytes("parked_bytes", in.Parked)
	f.Stranded = d.bytes("stranded_bytes", in.Stranded)
	f.Unallocated = d.bytes("unallocated_bytes", in.Unallocated)
	f.Slack = d.bytes("slack_bytes", in.Slack)
	f.Free = d.bytes("free_bytes", in.Free)
	f.LargestFree = d.bytes("largest_free_block_bytes", in.LargestFree)
	f.ReleaseEstimate = d.bytes("release_estimate_bytes", in.ReleaseEstimate)
	f.FitsNow = d.bytes("fits_now_bytes", in.FitsNow)
	f.FitsAfterRelease = d.bytes("fits_after_release_bytes", in.FitsAfterRelease)
	f.Unbacked = d.bytes("unbacked_bytes", in.Unbacked)
	f.Other = d.bytes("other_bytes", in.Other)
	f.Fragmentation = d.ratio("fragmentation_ratio", in.Fragmentation)
	f.External = d.ratio("external_fragmentation_ratio", in.External)
	return f
}

func (d *decoder) pool(in *readPool) (fragcalc.Pool, error) {
	pool := fragcalc.Pool{PoolID: fragcalc.PoolID{Small: in.Kind == "small"}, Figures: d.figures(&in.readFigures)}
	var err error
	if pool.Stream, err = ParseAddress(in.Stream); err != nil {
		return pool, err
	}
	first, second, _ := strings.Cut(in.PrivatePool, ",")
	for i, part := range [...]string{first, second} {
		if pool.Private[i], err = strconv.ParseUint(part, 10, 64); err != nil {
			return pool, fmt.Errorf("%q is no private pool", clean(in.PrivatePool))
		}
	}
	for i := range in.Segments {
		segment, err := in.Segments[i].segment()
		if err != nil {
			return pool, err
		}
		pool.Segments = append(pool.Segments, segment)
	}
	return pool, fragcalc.CheckSegments(pool.Segments)
}

func (in *readSegment) segment() (fragcalc.Segment, error) {
	s := fragcalc.Segment{Size: in.Size, Expandable: in.Expandable, Blocks: make([]fragcalc.Block, len(in.Blocks))}
	var err error
	if s.Address, err = ParseAddress(in.Address); err != nil {
		return s, err
	}
	for i, b := range in.Blocks {
		block := &s.Blocks[i]
		block.Size = b.Size
		if block.Address, err = ParseAddress(b.Address); err != nil {
			return s, err
		}
		if b.Requested != nil {
			block.Requested = *b.Requested
		}
		switch b.State {
		case "used":
			block.State = fragcalc.BlockUsed
		case "pending":
			block.State = fragcalc.BlockPending
		case "free":
		default:
			return s, fmt.Errorf("a block in state %q", clean(b.State))
		}
	}
	return s, nil
}

// ParseAddress reads an address as documents write it: 0x and hex digits.
func ParseAddress(s string) (uint64, error) {
	digits, ok := strings.CutPrefix(s, "0x")
	address, err := strconv.ParseUint(digits, 16, 64)
	if !ok || err != nil {
		return 0, fmt.Errorf("%q is no address", clean(s))
	}
	return address, nil
}
