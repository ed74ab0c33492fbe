package whatif

import "github.com/gpufragtop/gpufragtop/fragcalc"

// noteLimit learns from an out-of-memory error how much could not be reserved:
// more than the driver had left or, where it had enough, more than a cap allows.
func (r *recovery) noteLimit(e *fragcalc.TraceEvent) {
	refused := min(r.p.config.SegmentSize(r.p.config.Round(e.Size)), e.DeviceFree+1)
	if limit := r.player.a.stats.Reserved.Current + refused; r.limit == 0 || limit < r.limit {
		r.limit = limit
	}
}

// settle decides for each opRetry whether the program asked for the release or
// an allocation that failed at first did it by itself, and returns how many the
// allocator did: a trace shows both alike. The driver refuses only what
// it has no room for: so a release was explicit if as much was held at another
// time, and was not if as much was refused at another time. Failing both, a
// program that certainly calls empty_cache is taken to do so always.
func (r *recovery) settle() (retries int) {
	certain := r.certain > 0
	for i := range r.p.ops {
		o := &r.p.ops[i]
		certain = certain || o.kind == opRetry && o.size > 0 && o.held+o.size <= r.peak
	}
	for i := range r.p.ops {
		o := &r.p.ops[i]
		if o.kind != opRetry {
			continue
		}
		if o.size > 0 && o.held+o.size <= r.peak || certain && (r.limit == 0 || o.held+o.size < r.limit) {
			o.kind = opEmptyCache
		} else {
			retries++
		}
	}
	return retries
}
