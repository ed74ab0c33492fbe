package agents

import (
	"context"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Retries is how often the allocator of a process has retried so far on each of
// its GPUs, named as in a ReleaseOutcome, by figures newer than the call. They
// come from the counters, never from a walk, which may be older.
func (w *Watcher) Retries(ctx context.Context, target fragcalc.ProcessID) func(uuid string) fragcalc.Count {
	asked := now()
	a, why := w.reach(ctx, target, "tell")
	if why.yes() {
		return func(string) fragcalc.Count { return fragcalc.Unknown[int64](why.reason) }
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	retries := a.retriesNow()
	if a.counters.TakenAt < asked {
		return func(string) fragcalc.Count { return fragcalc.Unknown[int64]("the process did not tell in time") }
	}
	return func(uuid string) fragcalc.Count {
		for _, d := range a.counters.Devices {
			if UUIDText("GPU-", d.UUID) == uuid {
				return retries(d.UUID)
			}
		}
		return fragcalc.Unknown[int64]("the process does not tell of this GPU any more")
	}
}

// retriesNow reads the newest counters; it is called with a.mu held.
func (a *agent) retriesNow() func(uuid [16]byte) fragcalc.Count {
	if a.page == nil {
		return func([16]byte) fragcalc.Count {
			return fragcalc.Unknown[int64]("the process has ended or closed its page")
		}
	}
	if h, err := a.readHeader(); err == nil && h.CountersSeq != 0 && h.CountersSeq != a.counters.Seq {
		a.countersErr = a.retry(a.readCounters)
	}
	counters := a.counters
	return func(uuid [16]byte) fragcalc.Count {
		for _, d := range counters.Devices {
			if d.UUID == uuid {
				return d.Counters.AllocRetries
			}
		}
		return fragcalc.Unknown[int64]("the process does not tell of this GPU")
	}
}
