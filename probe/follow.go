package probe

import (
	"context"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Follow samples every so often until ctx ends, and tells of each sample. For
// the first while the newest figures are asked for, so that short programs are
// seen well; later the figures are as new as comes cheap to the processes. A
// sample that is late moves those behind it.
func Follow(ctx context.Context, s *Sampler, every, while time.Duration, tell func(*fragcalc.Snapshot)) {
	begun := time.Now()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for ctx.Err() == nil {
		take := s.Sample
		if time.Since(begun) < while {
			take = s.SampleFresh
		}
		tell(take(ctx))
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
