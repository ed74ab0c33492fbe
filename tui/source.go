package tui

import (
	"context"

	"github.com/gpufragtop/gpufragtop/fragcalc"
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
