package fragcalc

// Against fills the figures that compare an allocator with what others say of
// it: Other and Unbacked with the GPU memory that NVML charges to the process,
// Slack with the allocator's own peak of used + pending. A peak above what is
// reserved now (the cache has been released since) leaves no slack.
func (f *Figures) Against(gpuMemory, activePeak Bytes) {
	reserved, known := f.Reserved.Get()
	switch peak, ok := activePeak.Get(); {
	case !known:
		f.Slack = f.Reserved
	case !ok:
		f.Slack = activePeak
	default:
		f.Slack = Of(max(0, reserved-peak))
	}
	switch charged, ok := gpuMemory.Get(); {
	case !known:
		f.Other, f.Unbacked = f.Reserved, f.Reserved
	case !ok:
		f.Other, f.Unbacked = gpuMemory, gpuMemory
	case charged < reserved:
		f.Other = Unknown[int64]("more is reserved than the driver charges to the process")
		f.Unbacked = Of(reserved - charged)
	default:
		f.Other, f.Unbacked = Of(charged-reserved), Of[int64](0)
	}
}
