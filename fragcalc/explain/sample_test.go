package explain

import "github.com/gpufragtop/gpufragtop/fragcalc"

const (
	kib = int64(1) << 10
	mib = int64(1) << 20
	gib = int64(1) << 30
)

// hundredths is a size that is written with two decimals.
func hundredths(n, unit int64) fragcalc.Bytes {
	return fragcalc.Of(int64(float64(n)/100*float64(unit) + 0.5))
}

func exactly(n int64) fragcalc.Bytes { return fragcalc.Of(n) }

// advice is what follows the figures since 2.2, adviceOf21 in 2.1, oldAdvice before.
const (
	advice     = " If reserved but unallocated memory is large try setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation.  See documentation for Memory Management  (https://pytorch.org/docs/stable/notes/cuda.html#environment-variables)"
	adviceOf21 = " If reserved but unallocated memory is large try setting max_split_size_mb to avoid fragmentation.  See documentation for Memory Management and PYTORCH_CUDA_ALLOC_CONF"
	oldAdvice  = " If reserved memory is >> allocated memory try setting max_split_size_mb to avoid fragmentation.  See documentation for Memory Management and PYTORCH_CUDA_ALLOC_CONF"
)

// sample is one text and what must be read in it. Figures that are left out
// must be unknown.
type sample struct {
	name     string
	text     string
	verdict  Verdict
	source   string
	messages int   // 0: one
	device   int64 // -1: unknown
	figures  Figures
	others   []Holder
	self     int64    // 0: none
	says     []string // in the lines and commands
	never    []string // not in them
}
