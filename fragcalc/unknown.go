package fragcalc

// UnknownFigures are figures of which nothing is known, for one reason.
func UnknownFigures(reason string) Figures {
	b, r := Unknown[int64](reason), Unknown[float64](reason)
	return Figures{
		Reserved: b, Used: b, Pending: b, Requested: b, Rounding: b, Free: b,
		Releasable: b, Parked: b, Stranded: b, Unallocated: b, Slack: b,
		LargestFree: b, ReleaseEstimate: b, FitsNow: b, FitsAfterRelease: b,
		Unbacked: b, Other: b, Fragmentation: r, External: r,
	}
}
