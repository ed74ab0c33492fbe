package tui

import (
	"context"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
)

// Source gives the state of the node. Sample blocks until it has one or ctx
// ends; it always returns a snapshot, whose faults say what could not be
// learnt. It is called from one goroutine at a time.
type Source interface {
	Sample(ctx context.Context) *fragcalc.Snapshot
}

// Releaser releases the cache of a process. It blocks until the outcome is
// known or ctx ends, and never leaves a request behind that fires later.
type Releaser interface {
	Release(ctx context.Context, request fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome
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
