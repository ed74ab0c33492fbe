package fragcalc

// FitKind is how an allocation would succeed, or that it would not.
type FitKind string

// How an allocation would succeed, the cheapest way first.
const (
	FitCached  FitKind = "cache"       // a free block of its pool serves it
	FitNew     FitKind = "new_segment" // the driver has memory for it
	FitRelease FitKind = "release"     // PyTorch releases its cache by itself, which synchronises the device, then asks the driver again
	FitNone    FitKind = "no"          // out of memory
	FitUnknown FitKind = "unknown"     // see Verdict.Reason
)

// Succeeds tells whether the allocation succeeds; unknown with a reason.
func (v *Verdict) Succeeds() Known[bool] {
	switch {
	case v.Kind == FitUnknown:
		return Unknown[bool](v.Reason)
	case v.Kind == FitNone && v.Best != FitNone:
		return Unknown[bool](v.Reason)
	}
	return Of(v.Kind != FitNone)
}

// FitQuestion asks for an allocation of a process: of so many bytes, on a
// stream, from the default pools or from a private one.
type FitQuestion struct {
	Size    int64
	Stream  uint64
	Private [2]uint64 // 0,0 = the default pools
	Fresh   bool      // on any stream that has no memory yet, whatever Stream says
}

// Verdict is the answer to a FitQuestion: what the allocator would do now.
type Verdict struct {
	FitQuestion
	// Kind holds whatever else is true, while pending frees are pending; Best is
	// what happens if all that the walk cannot show is in favour of the request.
	// They differ only where Reason says what the answer depends on.
	Kind, Best FitKind
	// Waited and WaitedBest are the same once the device has done its work, so
	// that pending frees are complete.
	Waited, WaitedBest FitKind
	Reason             string // what Kind or Waited depends on, or why it is unknown

	Rounded int64 // bytes of the block
	Segment int64 // bytes of the segment that it would be cut from, if a new one is needed
	Needs   int64 // bytes that the device must have free for a new block
	Address uint64
	Block   int64 // bytes of the cached block at Address that serves it, whether pending frees are complete or not; 0 = none, or not known which
	Evicts  int64 // bytes that PyTorch hands back first without being asked: garbage collection, oversize blocks
	Returns int64 // bytes that a release returns to the device

	Obstacles []Obstacle // what stands in the way of a cached block, or of any
}

// FitAnswer is what would become of an allocation in one process on one GPU.
type FitAnswer struct {
	Process  *Process
	Verdicts []Verdict // one for each stream asked about
}

// ObstacleKind names what stands in the way of an allocation.
type ObstacleKind string

// What can stand in the way.
const (
	OtherStream   ObstacleKind = "other_stream"    // a block of that size is free, but of another stream
	OtherPool     ObstacleKind = "other_pool"      // … of the other of small and large pool
	PrivatePool   ObstacleKind = "private_pool"    // … of a graph's or MemPool's private pool
	DefaultPool   ObstacleKind = "default_pool"    // … of the default pools, and the request is for a private one
	SplitRule     ObstacleKind = "split_rule"      // a block is free, but max_split_size_mb forbids to use it
	PendingFrees  ObstacleKind = "pending"         // blocks freed by the program wait for a stream event
	StrandedFree  ObstacleKind = "stranded"        // enough bytes are free in the pool, but not in one piece
	FractionCap   ObstacleKind = "cap"             // the process's memory fraction
	DeviceFull    ObstacleKind = "device_full"     // the device lacks bytes
	OtherProcess  ObstacleKind = "other_processes" // hold memory of the device
	NoRetryInPool ObstacleKind = "no_retry"        // in a private pool PyTorch does not release its cache
)

// Obstacle is one thing that stands in the way.
type Obstacle struct {
	Kind    ObstacleKind
	Bytes   int64     // of the block, of the free bytes, of the cap, that are lacking, that others hold: as Kind says
	Address uint64    // of the block; 0 where there is none
	Stream  uint64    // of the block
	Private [2]uint64 // pool of the block
}
