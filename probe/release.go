package probe

import (
	"context"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/gpus"
)

// Release implements tui.Releaser.
func (s *Sampler) Release(ctx context.Context, request fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome {
	if s.options.Readonly {
		return refusedReadonly(request)
	}
	outcome := s.agents.Release(ctx, request)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, released := range outcome.GPUs {
		if uuid, ok := gpus.ParseUUID(released.GPUUUID); ok && s.uuids[uuid] != "" {
			outcome.GPUs[i].GPUUUID = s.uuids[uuid]
		}
	}
	return outcome
}

// readonly is why a monitor that only looks releases nothing.
const readonly = "this monitor was started with --readonly"

func refusedReadonly(request fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome {
	return fragcalc.ReleaseOutcome{Target: request.Target, Status: fragcalc.ReleaseReadonly, Reason: readonly}
}

// remember keeps how NVML writes the UUIDs: a page has their bytes only, which
// do not tell a GPU from a MIG instance.
func (s *Sampler) remember(uuids map[[16]byte]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uuids = uuids
}
