package fragcalc

// Figures are the sizes of an allocator, a process, a pool or a segment, in
// bytes. Sums close: Reserved = Used + Pending + Releasable + Parked +
// Stranded wherever all are known. Where an allocator does not tell the parts,
// Free stays and the parts are unknown with the reason.
type Figures struct {
	Reserved Bytes // held from the driver
	Used     Bytes // in live blocks
	Pending  Bytes // freed by the program, still waiting for a stream event
	// Requested is what the program asked for in used and pending blocks;
	// Rounding = Used + Pending - Requested is internal fragmentation.
	Requested Bytes
	Rounding  Bytes
	// Free = Reserved - Used - Pending, and its three parts: what could be
	// handed back to the driver as it lies now, what is kept by design (private
	// pools, preallocated arenas), and all other holes.
	Free       Bytes
	Releasable Bytes
	Parked     Bytes
	Stranded   Bytes
	// Unallocated = Reserved - Used: PyTorch's "reserved but unallocated".
	Unallocated Bytes
	// Slack = Reserved - highest active since the program last reset its
	// peaks: held, and never needed at once. 0 where that peak is above what is
	// reserved now. Known for a process only.
	Slack Bytes
	// LargestFree is the largest single free block; for a process the best of
	// its pools, private ones included, never a sum and never a maximum across
	// processes.
	LargestFree Bytes
	// ReleaseEstimate is what the release hook will return: Releasable with
	// pending blocks counted as free and merged. No part of the sum.
	ReleaseEstimate Bytes
	// FitsNow is the largest single allocation that would succeed: from the
	// cache or as a new segment; FitsAfterRelease the same after a release.
	FitsNow          Bytes
	FitsAfterRelease Bytes
	// Unbacked is reserved above what NVML can hold (sleep modes). Other is
	// GPU memory - Reserved: context, libraries. Both for a process only.
	Unbacked Bytes
	Other    Bytes
	// Fragmentation = Stranded / Reserved. External = 1 - LargestFree / Free,
	// a drill-down figure: alone it misleads. A ratio of nothing is 0.
	Fragmentation Ratio
	External      Ratio
}
