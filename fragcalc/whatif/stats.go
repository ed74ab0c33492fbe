package whatif

// Gauge is a figure that goes up and down, and its highest value since the
// allocator was made or its peaks were last reset.
type Gauge struct{ Current, Peak int64 }

func (g *Gauge) add(n int64) {
	g.Current += n
	if g.Current > g.Peak {
		g.Peak = g.Current
	}
}

// Stats are the allocator's own counters, with the meaning they have in
// torch.cuda.memory_stats. Sizes are bytes.
type Stats struct {
	Reserved      Gauge // reserved_bytes: held from the driver
	Allocated     Gauge // allocated_bytes: in blocks that are handed out
	Active        Gauge // active_bytes: handed out or pending
	Requested     Gauge // requested_bytes: asked for in active blocks
	InactiveSplit Gauge // inactive_split_bytes: free beside other blocks, expandable segments excluded

	Segments            Gauge // expandable segments excluded
	Allocations         Gauge // blocks handed out
	ActiveBlocks        Gauge
	InactiveSplitBlocks Gauge

	Retries          int64 // num_alloc_retries: the cache was released for an allocation
	OOMs             int64 // num_ooms
	DeviceAllocs     int64 // num_device_alloc: segments allocated and ranges mapped
	DeviceFrees      int64 // num_device_free
	Synchronizations int64 // num_sync_all_streams
}

// Stats returns the counters as they stand.
func (a *Allocator) Stats() Stats { return a.stats }

// ResetPeaks sets every peak to the current value, as
// torch.cuda.reset_peak_memory_stats does.
func (a *Allocator) ResetPeaks() {
	s := &a.stats
	for _, g := range []*Gauge{
		&s.Reserved, &s.Allocated, &s.Active, &s.Requested, &s.InactiveSplit,
		&s.Segments, &s.Allocations, &s.ActiveBlocks, &s.InactiveSplitBlocks,
	} {
		g.Peak = g.Current
	}
}
