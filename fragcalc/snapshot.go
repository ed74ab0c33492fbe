// Package fragcalc holds the data of gpufragtop (Snapshot, GPU, Process, Pool,
// Segment, Block) and all arithmetic on it. It is pure: no input or output, no
// clock, no cgo. Sizes are bytes, addresses are device addresses.
//
// The words are those of PyTorch's caching allocator; Figures defines each.
package fragcalc

import "time"

// Snapshot is what was seen of one node at one moment. It is immutable once
// its Source has returned it: share the pointer, never write through it.
type Snapshot struct {
	At        time.Time // wall clock at the end of the sample
	Host      string
	Version   string // of gpufragtop
	Driver    string // driver version, empty when unknown
	CUDA      string // CUDA version the driver supports, empty when unknown
	Demo      bool   // the node is the embedded demo
	From      string // the file that it was read from; empty for a live node
	GPUs      []GPU
	Processes []Process  // one row per process and GPU
	Events    []Event    // oldest first
	Faults    []Fault    // what could not be learnt, beyond the reasons of single figures
	Report    *OOMReport // the out-of-memory error that this is a report of; nil = none
}

// GPU is one device, or one MIG instance, as NVML tells of it.
// Total = used + free + driver-reserved where NVML tells all of them.
type GPU struct {
	Index                int
	UUID                 string
	Name                 string
	MemoryTotal          Bytes
	MemoryUsed           Bytes // without the driver-reserved part
	MemoryFree           Bytes
	MemoryDriverReserved Bytes
	Utilization          Known[int] // percent of time a kernel ran
	Temperature          Known[int] // degrees Celsius
	Power                Known[int] // milliwatts
}

// ProcessID identifies a process for its whole life. PIDs are reused; a PID
// with its start time is not. PIDs are those of the monitor's PID namespace.
type ProcessID struct {
	PID        int
	StartTicks uint64 // field 22 of /proc/PID/stat: clock ticks since boot
}

// RowID identifies one row of the process table: one process on one GPU.
type RowID struct {
	ProcessID
	GPUUUID string
}

// Framework says what a process computes with.
type Framework struct {
	Name    string // "pytorch", "jax", "cupy", "cuda", …; empty when unknown
	Version string // empty when unknown
	Source  string // "page" when the process said so itself, "outside" when guessed from maps and command line, "file" when read from a snapshot file; empty when unknown
}

// AllocatorSettings are the settings of the allocator that matter to figures.
type AllocatorSettings struct {
	Text              string // as written, e.g. the value of PYTORCH_CUDA_ALLOC_CONF; empty when none or unknown
	Source            string // "page", "outside", "file" or empty, as Framework.Source
	LargeSegmentBytes int64  // page of expandable large segments and segment size of 1–10 MiB requests; 0 = the default 20 MiB
	Backend           string // "native", "cudaMallocAsync"; empty when unknown
}

// Process is one process on one GPU.
type Process struct {
	RowID
	User         string  // user name, or the number where it has no name
	UID          int     // -1 when unknown
	Command      string  // command line, control characters removed
	Job          string  // rank and job in words, e.g. "rank 3/8 slurm 4711"; empty when unknown
	Where        Where   // container, pod, job step or unit
	Task         Task    // rank and job: package ranks joins rows by it
	Host         HostUse // of the whole process
	GPUMemory    Bytes   // what NVML charges to the process on this GPU
	Type         string  // what it uses the GPU for, as nvidia-smi writes it: "C" computes, "G" draws, "C+G", "M" through MPS; empty when unknown
	Instrumented bool    // its inside is told: by the page that the shim publishes, or by a snapshot file
	// OutOfReach: this monitor may neither look into it nor ask it for anything:
	// it is another user's, hidden, or outside this container. Hook.Reason says which.
	OutOfReach  bool
	Framework   Framework
	Settings    AllocatorSettings
	SnapshotAge Known[time.Duration] // age of the figures when the snapshot was taken
	Figures
	ActivePeak   Bytes // highest used + pending since the program last reset its peaks
	ReservedPeak Bytes
	AllocRetries Count
	OOMs         Count
	Pools        []Pool // nil when no walk is known
	Room         Room   // what limits new segments
	Trace        *Trace // nil when no history is known
	Stacks       Stacks // of blocks and trace events; shared, never written
	Watching     Watching
	Hook         ReleaseHook
	Ranks        Ranks // of torch.distributed
}

// Watching is what observing a process costs it.
type Watching struct {
	Share     Ratio                // share of wall time the agent held the GIL while watched
	WorstHold Known[time.Duration] // longest single hold of the GIL
	NextHold  Known[time.Duration] // expected hold of the next walk
}

// ReleaseHook says whether the process's cache can be released on request.
type ReleaseHook struct {
	Available bool
	Reason    string // why not, in a few words; empty when available
	Own       string // name of the release function that the program has registered; empty when there is none
}

// PoolID identifies a pool within a process and GPU: free blocks are never
// shared between two of them.
type PoolID struct {
	Private [2]uint64 // private pool id; 0,0 = the default pools
	Small   bool      // small pool (requests up to 1 MiB) or large pool
	Stream  uint64    // stream handle; 0 = the default stream
}

// IsPrivate tells whether the pool belongs to a CUDA graph or a MemPool.
func (id PoolID) IsPrivate() bool { return id.Private != [2]uint64{} }

// Pool is the memory of one pool and stream.
type Pool struct {
	PoolID
	Figures
	Segments []Segment // in address order
}

// Segment is one range that the allocator got from the driver. With
// expandable segments it is one contiguous mapped range.
type Segment struct {
	Address    uint64
	Size       int64
	Expandable bool
	Blocks     []Block // in address order, without gaps; together they are the segment
}

// BlockState is the state of a block.
type BlockState uint32

// States of a block, as PyTorch uses them.
const (
	BlockFree    BlockState = iota // inactive: in the cache
	BlockUsed                      // active_allocated: live
	BlockPending                   // active_pending_free: freed, waiting for a stream event
)

// Block is one block of a segment. Its layout is that of struct gft_block in
// cudashim/page/page.h, so that a walk is checked and copied, not converted.
type Block struct {
	Address   uint64
	Size      int64
	Requested int64 // bytes asked for; 0 for free blocks
	State     BlockState
	Stack     uint32 // 0 = no stack recorded
}

// Scope says what a fault or an event is about.
type Scope string

// Scopes of faults and events.
const (
	ScopeNode    Scope = "node"
	ScopeGPU     Scope = "gpu"
	ScopeProcess Scope = "process"
)

// Fault names something that could not be learnt, and why.
type Fault struct {
	Scope   Scope
	GPUUUID string // empty when the scope has none
	PID     int    // 0 when the scope has none
	Field   string // the JSON key that is null, or a subject such as "nvml"
	Reason  string
}

// Event is something that happened: a release, an out-of-memory error.
type Event struct {
	At      time.Time
	Scope   Scope
	GPUUUID string
	PID     int
	Kind    string // "release", "release_refused", "oom", "error", …
	Text    string // one line
	OOM     *OOM   // of kind "oom"; nil otherwise
	Own     bool   // this monitor asked for the release, and gets its outcome besides; not in JSON
}
