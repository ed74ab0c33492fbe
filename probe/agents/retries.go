package agents

import (
	"context"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// retriesWait is how long newer counters are waited for: agents take them each
// second.
const retriesWait = 3 * time.Second

// Retries is how often the allocator of a process has retried so far on each of
// its GPUs, named as in a ReleaseOutcome, by figures newer than the call. They
// come from the counters, never from a walk, which may be older.
func (w *Watcher) Retries(ctx context.Context, target fragcalc.ProcessID) func(uuid string) fragcalc.Count {
	asked := now()
	a, why := w.reach(ctx, target, "tell")
	if why.yes() {
		return func(string) fragcalc.Count { return fragcalc.Unknown[int64](why.reason) }
	}
	ctx, cancel := context.WithTimeout(ctx, retriesWait)
	defer cancel()
	for {
		if told, ok := a.retriesSince(asked); ok {
			return told
		}
		if !sleep(ctx, glance) {
			return func(string) fragcalc.Count { return fragcalc.Unknown[int64]("the process did not tell in time") }
		}
	}
}

// retriesSince are the retries by counters that are not older than asked; false
// when there are none yet.
func (a *agent) retriesSince(asked page.Instant) (func(uuid string) fragcalc.Count, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	retries := a.retriesNow()
	if a.page != nil && a.counters.TakenAt < asked {
		a.renew(now())
		return nil, false
	}
	return func(uuid string) fragcalc.Count {
		for _, d := range a.counters.Devices {
			if UUIDText("GPU-", d.UUID) == uuid {
				return retries(d.UUID)
			}
		}
		return fragcalc.Unknown[int64]("the process does not tell of this GPU any more")
	}, true
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
