package whatif

import "github.com/gpufragtop/gpufragtop/fragcalc"

// Record appends to trace what the allocator does from now on, as PyTorch does
// with record_memory_history on; nil ends it.
func (a *Allocator) Record(trace *fragcalc.Trace) { a.trace = trace }

// note records one event of a pool.
func (a *Allocator) note(kind fragcalc.TraceKind, address uint64, size int64, p *pool) {
	if a.trace == nil {
		return
	}
	a.trace.Events = append(a.trace.Events, fragcalc.TraceEvent{
		Kind: kind, Address: address, Size: size, Stream: p.id.Stream,
		Pooled: a.config.ExpandablePrivatePools, Private: p.id.Private,
	})
}

// noteOOM records an allocation that failed.
func (a *Allocator) noteOOM(rounded int64, p *pool) {
	if a.trace != nil {
		a.note(fragcalc.TraceOOM, 0, rounded, p)
		a.trace.Events[len(a.trace.Events)-1].DeviceFree = a.driver.Available()
	}
}
