package whatif

// settle decides for each opRetry whether the program asked for the release or
// an allocation that failed at first did it by itself, and returns how many the
// allocator did: a trace shows both alike. The driver refuses only what its memory
// has no room for. So a release was explicit if the device held as much at
// another time, or had room as an out-of-memory error tells. Failing that, a
// program that certainly calls empty_cache is taken to do so always.
func (r *recovery) settle() (retries int) {
	certain := r.certain > 0
	for i := range r.p.ops {
		o := &r.p.ops[i]
		certain = certain || o.kind == opRetry && r.capacity == 0 && o.held+o.size <= r.peak
	}
	for i := range r.p.ops {
		o := &r.p.ops[i]
		if o.kind != opRetry {
			continue
		}
		if r.capacity > 0 && o.held+o.size <= r.capacity || r.capacity == 0 && certain {
			o.kind = opEmptyCache
		} else {
			retries++
		}
	}
	return retries
}
