package tui

import (
	"context"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
)

// Source gives the state of the node. Sample blocks until it has one or ctx
// ends; it always returns a snapshot, whose faults say what could not be
// learnt. It is called from one goroutine at a time.
type Source interface {
	Sample(ctx context.Context) *fragcalc.Snapshot
}

// Releaser releases the caches of processes. Release blocks until all outcomes
// are known or ctx ends, tells each when it is, one at a time, and never leaves
// a request behind that fires later. Retries says how often the allocator of a
// process has retried since it was released.
type Releaser interface {
	Release(ctx context.Context, plan fragcalc.ReleasePlan, each func(fragcalc.ReleaseOutcome)) fragcalc.ReleaseReport
	Retries(ctx context.Context, outcome fragcalc.ReleaseOutcome) fragcalc.Count
}

// Signaller sends signals to processes. It never hits another process that has
// taken the target's number, and the error is one line that names the process.
type Signaller interface {
	Signal(ctx context.Context, target fragcalc.ProcessID, signal fragcalc.Signal) error
}

// Reports are what programs left behind of their out-of-memory errors.
type Reports interface {
	// List tells of all there are, newest first, without block maps; it is called
	// with every sample.
	List(ctx context.Context) []fragcalc.ReportEntry
	// Open reads one. The error is one line that names it.
	Open(ctx context.Context, path string) (*fragcalc.Snapshot, error)
}

// Recorder records the history of a process's allocators. It blocks until the
// rows with their traces are there or ctx ends, which takes the request back.
// An error is a *fragcalc.RecordRefusal.
type Recorder interface {
	Record(ctx context.Context, request fragcalc.RecordRequest) ([]fragcalc.Process, error)
}

// Doctor says what stands in the way of seeing anything. It blocks for some
// seconds at most, and always has an answer.
type Doctor interface {
	Diagnose(ctx context.Context) wayin.Report
}

// Attacher brings the shim into a process that runs without it. PlanAttach
// says what that would do, and changes nothing; Attach does it, and blocks until
// the agent has started or ctx ends: then it takes back what it asked of the
// process as far as it can, and the error says what is left. It tells how long
// the process stood still, and never leaves one that stands still.
type Attacher interface {
	PlanAttach(target fragcalc.ProcessID) (fragcalc.AttachPlan, error)
	Attach(ctx context.Context, plan fragcalc.AttachPlan) (stopped time.Duration, err error)
}
