package fragcalc

// Trace is what an allocator did on one device, oldest event first, as PyTorch
// records it (record_memory_history). The allocator's state at its end is that
// of the walk it came with.
type Trace struct {
	Events []TraceEvent
	// Cut tells that the beginning is missing: recording began late, or its
	// ring buffer was too short.
	Cut bool
}

// TraceKind is what happened in a TraceEvent.
type TraceKind uint8

// Kinds of trace events, with PyTorch's names.
const (
	TraceOther         TraceKind = iota // of no meaning for the allocator's state: snapshot, annotate
	TraceAlloc                          // alloc
	TraceFreeRequested                  // free_requested: the program gave it back
	TraceFreeCompleted                  // free_completed: no stream uses it any more
	TraceSegmentAlloc                   // segment_alloc: cudaMalloc
	TraceSegmentFree                    // segment_free: cudaFree
	TraceSegmentMap                     // segment_map: pages of an expandable segment
	TraceSegmentUnmap                   // segment_unmap
	TraceOOM                            // oom
)

// TraceEvent is one event of a trace.
type TraceEvent struct {
	Kind    TraceKind
	Pooled  bool   // Private is known: PyTorch writes it since 2.10
	Stack   uint32 // in Process.Stacks; 0 = none recorded
	Address uint64 // 0 for TraceOOM
	Size    int64  // bytes: requested ones for allocations, frees and TraceOOM, true ones for segments
	Stream  uint64
	// DeviceFree is what the driver had left at a TraceOOM, in bytes; else 0.
	DeviceFree int64
	Micros     int64 // when, microseconds since 1970; 0 = not recorded
	Private    [2]uint64
}

// Frame is one call of a stack.
type Frame struct {
	File     string
	Line     int
	Function string
}

// Stack is the calls that led to an allocation, innermost first.
type Stack []Frame

// Stacks are the distinct stacks of a process. Block.Stack and TraceEvent.Stack
// count from 1.
type Stacks []Stack

// At returns a stack by its number; nil when none was recorded.
func (s Stacks) At(number uint32) Stack {
	if number == 0 || int64(number) > int64(len(s)) {
		return nil
	}
	return s[number-1]
}
