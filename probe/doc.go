// Package probe looks at the node and says what it saw: a Source of snapshots,
// and the Releaser that goes with it.
//
// One poll goes this way:
//
//	Sampler.Sample
//	├─ probe/gpus    NVML, one goroutine and one deadline per device ┐ side
//	├─ probe/agents  the page of each instrumented process           ┘ by side
//	├─ probe/procs   who the processes are
//	└─ join          one row per process and GPU, by PID, start time and UUID
//
// Nothing here fails as a whole. What cannot be learnt in time is a figure that
// is unknown with a reason, or a fault; the rest goes on. A snapshot is made
// anew each time and never changed once it is returned.
//
// Demo is the embedded node in the Sampler's place.
package probe
