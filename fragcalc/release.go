package fragcalc

import "time"

// ReleaseRequest asks for the cache of one process to be released, on all
// GPUs the process has a context on.
type ReleaseRequest struct {
	Target ProcessID
	Force  bool // although a stream capture cannot be excluded
}

// ReleaseStatus is how a release ended.
type ReleaseStatus string

// How a release can end. Everything but ReleaseDone left the target untouched,
// except ReleaseFailed and ReleaseUnanswered, where Reason says what is known.
const (
	ReleaseDone            ReleaseStatus = "done"
	ReleaseNotInstrumented ReleaseStatus = "not_instrumented"
	ReleaseNotPermitted    ReleaseStatus = "not_permitted"
	ReleasePIDReused       ReleaseStatus = "pid_reused"
	ReleaseGone            ReleaseStatus = "gone" // the process has ended
	ReleaseStopped         ReleaseStatus = "stopped"
	ReleaseCapture         ReleaseStatus = "capture"
	ReleaseBusy            ReleaseStatus = "busy"
	ReleaseTooSoon         ReleaseStatus = "too_soon"
	ReleaseOff             ReleaseStatus = "off"
	ReleaseReadonly        ReleaseStatus = "readonly"
	ReleaseExpired         ReleaseStatus = "expired"
	ReleaseNoHook          ReleaseStatus = "no_hook" // no framework that can release
	ReleaseUnanswered      ReleaseStatus = "unanswered"
	ReleaseFailed          ReleaseStatus = "failed"
)

// ReleaseOutcome is the answer to a ReleaseRequest.
type ReleaseOutcome struct {
	Target ProcessID
	Status ReleaseStatus
	Reason string // one line for people; empty when done as estimated
	GPUs   []ReleasedGPU
	Took   time.Duration // wall time of the call in the target
	Hold   time.Duration // of which with the GIL held
}

// ReleasedGPU is what a release did on one GPU. Bytes given back are
// Before - After.
type ReleasedGPU struct {
	GPUUUID  string
	Estimate Bytes // release estimate computed from a walk just before the call
	Before   Bytes // reserved just before and just after
	After    Bytes
}
