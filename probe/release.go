package probe

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/gpus"
)

const (
	// releaseLongest is how long a process is waited for, from the question
	// to its outcome.
	releaseLongest = 15 * time.Second
	// freeLongest is how long NVML may take to say what the devices have free:
	// a release does not wait for it.
	freeLongest = time.Second
)

// Release implements tui.Releaser.
func (s *Sampler) Release(ctx context.Context, plan fragcalc.ReleasePlan, each func(fragcalc.ReleaseOutcome)) fragcalc.ReleaseReport {
	if s.options.Readonly {
		return refuseAll(plan, fragcalc.ReleaseReadonly, readonly, each)
	}
	return releasing{one: s.releaseOne, free: s.free}.run(ctx, plan, each)
}

func (s *Sampler) releaseOne(ctx context.Context, request fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome {
	outcome := s.agents.Release(ctx, request)
	for i, released := range outcome.GPUs {
		outcome.GPUs[i].GPUUUID = s.named(released.GPUUUID)
	}
	return outcome
}

// Refusals are those of some processes that are known to refuse a release, in
// their order, each with what it would answer. Nothing is asked of any.
func (s *Sampler) Refusals(ctx context.Context, targets []fragcalc.ProcessID, force bool) []fragcalc.ReleaseOutcome {
	found := make([]fragcalc.ReleaseOutcome, len(targets))
	var waiting sync.WaitGroup
	for i, target := range targets {
		waiting.Go(func() {
			if outcome, refuses := s.agents.WouldRefuse(ctx, fragcalc.ReleaseRequest{Target: target, Force: force}); refuses {
				found[i] = outcome
			}
		})
	}
	waiting.Wait()
	return slices.DeleteFunc(found, func(o fragcalc.ReleaseOutcome) bool { return o.Status == "" })
}

// Retries implements tui.Releaser.
func (s *Sampler) Retries(ctx context.Context, outcome fragcalc.ReleaseOutcome) fragcalc.Count {
	now := s.agents.Retries(ctx, outcome.Target)
	return outcome.RetriesSince(func(uuid string) fragcalc.Count {
		if bytes, ok := gpus.ParseUUID(uuid); ok {
			return now(gpus.FormatUUID(bytes)) // as the page's bytes are written
		}
		return now(uuid)
	})
}

// named is a device's name as NVML writes it: a page has its bytes only, which
// do not tell a GPU from a MIG instance.
func (s *Sampler) named(uuid string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes, ok := gpus.ParseUUID(uuid); ok && s.uuids[bytes] != "" {
		return s.uuids[bytes]
	}
	return uuid
}

// remember keeps how NVML writes the UUIDs.
func (s *Sampler) remember(uuids map[[16]byte]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uuids = uuids
}

// free is what NVML says that the devices have free just now.
func (s *Sampler) free(ctx context.Context) func(uuid string) fragcalc.Bytes {
	ctx, cancel := context.WithTimeout(ctx, freeLongest)
	defer cancel()
	for !s.sampling.TryLock() {
		select {
		case <-ctx.Done():
			return unknownFree("NVML was busy with a sample")
		case <-time.After(time.Millisecond):
		}
	}
	node := s.gpus.Sample(ctx, true)
	s.sampling.Unlock()
	free := map[string]fragcalc.Bytes{}
	for _, d := range node.Devices {
		free[d.UUID] = d.MemoryFree
	}
	return func(uuid string) fragcalc.Bytes {
		if bytes, ok := free[uuid]; ok {
			return bytes
		}
		return fragcalc.Unknown[int64]("NVML does not tell of this GPU")
	}
}

func unknownFree(why string) func(string) fragcalc.Bytes {
	return func(string) fragcalc.Bytes { return fragcalc.Unknown[int64](why) }
}

// readonly is why a monitor that only looks releases nothing.
const readonly = "this monitor was started with --readonly"
