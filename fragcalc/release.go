package fragcalc

import "time"

// ReleaseRequest asks for the cache of one process to be released, on all
// GPUs the process has a context on.
type ReleaseRequest struct {
	Target ProcessID
	Force  bool // although a stream capture cannot be excluded
}

// ReleasePlan asks for the caches of several processes to be released, step by
// step: those of one step at the same time.
type ReleasePlan struct {
	Steps [][]ProcessID
	Force bool
}

// ReleaseReport is what came of a plan.
type ReleaseReport struct {
	Outcomes []ReleaseOutcome // in the order of the plan
	GPUs     []FreedGPU       // those on which something was released, in the order of the outcomes
}

// FreedGPU is what releases did on one GPU, all together.
type FreedGPU struct {
	GPUUUID string
	Back    Bytes // of all processes; unknown when one does not tell
	Taken   Bytes // of it, while the steps ran: see TakenMeanwhile
}

// Done is how many of the processes released.
func (r ReleaseReport) Done() int {
	done := 0
	for _, o := range r.Outcomes {
		if o.Status == ReleaseDone {
			done++
		}
	}
	return done
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
	ReleaseRanks           ReleaseStatus = "ranks"   // one of several ranks, and it would hold the GIL
	ReleaseUnanswered      ReleaseStatus = "unanswered"
	ReleaseFailed          ReleaseStatus = "failed"
)

// ReleaseOutcome is the answer to a ReleaseRequest.
type ReleaseOutcome struct {
	Target ProcessID
	Status ReleaseStatus
	Reason string // one line for people; empty when done as estimated
	GPUs   []ReleasedGPU
	Own    *OwnRelease   // what the program's own release function did; nil when none ran
	Took   time.Duration // wall time of the calls in the target
	Waited time.Duration // how long the monitor waited for the answer, beyond Took
	Hold   time.Duration // of which with the GIL held, as far as is known
}

// ReleasedGPU is what a release did on one GPU. Bytes given back are
// Before - After.
type ReleasedGPU struct {
	GPUUUID  string
	Estimate Bytes // release estimate computed from a walk just before the call
	Before   Bytes // reserved just before and just after
	After    Bytes
	Retries  Count // alloc retries of the process so far, just after
	Taken    Bytes // of what came back, taken by something else before it could be seen free: see TakenMeanwhile
}

// Back is what came back; below 0 where the program reserved more meanwhile.
func (g ReleasedGPU) Back() Bytes {
	before, ok := g.Before.Get()
	if !ok {
		return Unknown[int64](g.Before.Reason())
	}
	after, ok := g.After.Get()
	if !ok {
		return Unknown[int64](g.After.Reason())
	}
	return Of(before - after)
}

// OwnRelease is what the release function did that a program has registered.
// It may have freed memory into the framework's cache, which then went back
// from there: its bytes are never added to those of the GPUs.
type OwnRelease struct {
	Name string
	Back Bytes // as it says itself
	Took time.Duration
}

// Back is what came back from the framework's cache on all GPUs.
func (o ReleaseOutcome) Back() Bytes {
	return o.sum(ReleasedGPU.Back, "no GPU of the process is known")
}

// Estimate is what was to be expected back on all GPUs.
func (o ReleaseOutcome) Estimate() Bytes {
	return o.sum(func(g ReleasedGPU) Bytes { return g.Estimate }, "no GPU of the process is known")
}

// Taken is what something else took of it on all GPUs.
func (o ReleaseOutcome) Taken() Bytes {
	return o.sum(func(g ReleasedGPU) Bytes { return g.Taken }, "no GPU of the process is known")
}

func (o ReleaseOutcome) sum(figure func(ReleasedGPU) Bytes, none string) Bytes {
	if len(o.GPUs) == 0 {
		return Unknown[int64](none)
	}
	total := int64(0)
	for _, g := range o.GPUs {
		n, ok := figure(g).Get()
		if !ok {
			return Unknown[int64](figure(g).Reason())
		}
		total += n
	}
	return Of(total)
}

// TakenMeanwhile is what was taken of the bytes that releases gave back to a
// device, by other processes or by the releasing ones outside of their caches,
// between the two looks at what the device has free.
func TakenMeanwhile(back, freeBefore, freeAfter Bytes) Bytes {
	for _, known := range [...]Bytes{back, freeBefore, freeAfter} {
		if _, ok := known.Get(); !ok {
			return Unknown[int64](known.Reason())
		}
	}
	return Of(max(0, freeBefore.Or(0)+back.Or(0)-freeAfter.Or(0)))
}

// RetriesWatched is how long after a release the allocator's retries are
// watched: they say that the cache was missed.
const RetriesWatched = 10 * time.Second

// RetriesSince is how often the allocator retried since the release, by its
// retries so far on each GPU, just after the release and now.
func (o ReleaseOutcome) RetriesSince(now func(uuid string) Count) Count {
	return o.sum(func(g ReleasedGPU) Bytes {
		before, ok := g.Retries.Get()
		if !ok {
			return g.Retries
		}
		after, ok := now(g.GPUUUID).Get()
		if !ok {
			return now(g.GPUUUID)
		}
		return Of(max(0, after-before))
	}, "it has no allocator that tells")
}
