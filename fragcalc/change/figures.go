package change

import "github.com/gpufragtop/gpufragtop/fragcalc"

// Figure is a figure of a process at both moments.
type Figure struct {
	Name          string // as the screen names it
	Before, After fragcalc.Bytes
	Count         bool // a number of events, not bytes
	// Bad tells that more of it is worse, as of stranded bytes; Good that more is
	// better, as of the largest free block. Of reserved bytes it is neither.
	Bad, Good bool
	// Whole tells that it is known for a process only, not for a pool.
	Whole bool
}

// By is the difference, after - before. It is unknown where one of the two is.
func (f *Figure) By() fragcalc.Bytes { return By(f.Before, f.After) }

// By is after - before; unknown, with the reason, where one of them is.
func By(before, after fragcalc.Bytes) fragcalc.Bytes {
	was, ok := before.Get()
	if !ok {
		return fragcalc.Unknown[int64]("before: " + before.Reason())
	}
	is, ok := after.Get()
	if !ok {
		return fragcalc.Unknown[int64]("after: " + after.Reason())
	}
	return fragcalc.Of(is - was)
}

// figures puts the figures of two looks side by side, the most important first.
func figures(before, after *fragcalc.Process) []Figure {
	return []Figure{
		{Name: "stranded", Before: before.Stranded, After: after.Stranded, Bad: true},
		{Name: "reserved", Before: before.Reserved, After: after.Reserved},
		{Name: "used", Before: before.Used, After: after.Used},
		{Name: "largest free", Before: before.LargestFree, After: after.LargestFree, Good: true},
		{Name: "releasable", Before: before.Releasable, After: after.Releasable},
		{Name: "retries", Before: before.AllocRetries, After: after.AllocRetries, Count: true, Bad: true, Whole: true},
		{Name: "OOMs", Before: before.OOMs, After: after.OOMs, Count: true, Bad: true, Whole: true},
		{Name: "GPU memory", Before: before.GPUMemory, After: after.GPUMemory, Whole: true},
		{Name: "fits now", Before: before.FitsNow, After: after.FitsNow, Good: true, Whole: true},
		{Name: "slack", Before: before.Slack, After: after.Slack, Whole: true},
		{Name: "pending", Before: before.Pending, After: after.Pending},
		{Name: "parked", Before: before.Parked, After: after.Parked},
		{Name: "rounding", Before: before.Rounding, After: after.Rounding},
		{Name: "active peak", Before: before.ActivePeak, After: after.ActivePeak, Whole: true},
	}
}
