package fragcalc

// Counters are the figures that an allocator counts by itself, on one device:
// those of PyTorch's memory_stats (the current values and peaks of "all"
// pools). They cost no walk over blocks.
type Counters struct {
	Reserved, ReservedPeak   Bytes
	Allocated, AllocatedPeak Bytes
	Active, ActivePeak       Bytes
	Requested                Bytes
	InactiveSplit            Bytes
	Segments                 Count
	ActiveBlocks             Count
	InactiveSplitBlocks      Count
	AllocRetries, OOMs       Count
	DeviceAllocs             Count
	DeviceFrees              Count
	Allowed                  Bytes // cap of the process's memory fraction; unknown = no cap known
}

// Unknown are counters of which none is known, for the reason given.
func (Counters) Unknown(reason string) Counters {
	no := Unknown[int64](reason)
	return Counters{no, no, no, no, no, no, no, no, no, no, no, no, no, no, no, no}
}

// FromCounters tells what can be told without a walk; the rest is unknown for
// the reason given, which says why there is no walk. The parts of the free
// bytes are known where nothing is free. Otherwise they stay unknown:
// inactive_split_bytes equals stranded only where no segment is expandable and
// no private pool exists, and counters cannot say that neither is the case.
func FromCounters(c Counters, reason string) Figures {
	f := UnknownFigures(reason)
	f.Reserved, f.Used, f.Requested = c.Reserved, c.Allocated, c.Requested
	f.Pending = difference(c.Active, c.Allocated)
	f.Rounding = difference(c.Active, c.Requested)
	f.Free = difference(c.Reserved, c.Active)
	f.Unallocated = difference(c.Reserved, c.Allocated)
	none := Of[int64](0)
	if f.Free == none {
		f.Parked, f.Stranded, f.LargestFree = none, none, none
		f.Fragmentation, f.External = Of(0.0), Of(0.0)
	}
	// A split block goes back only after a neighbour has been freed.
	if f.Free == none || f.Free.Known() && c.InactiveSplit == f.Free {
		f.Releasable = none
		if f.Pending == none {
			f.ReleaseEstimate = none
		}
	}
	return f
}

// difference is a - b where both are known and it is not negative.
func difference(a, b Bytes) Bytes {
	x, known := a.Get()
	if !known {
		return a
	}
	y, known := b.Get()
	switch {
	case !known:
		return b
	case y > x:
		return Unknown[int64]("counters contradict each other")
	}
	return Of(x - y)
}
