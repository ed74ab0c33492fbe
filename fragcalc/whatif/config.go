package whatif

import "github.com/gpufragtop/gpufragtop/fragcalc/allocconf"

// Config is the settings of the allocator. The zero value is PyTorch's default.
type Config = allocconf.Config

// ParseConfig is allocconf.Parse.
func ParseConfig(text string) (Config, error) { return allocconf.Parse(text) }

// Sizes of the allocator, as allocconf explains them.
const (
	mib          = int64(1) << 20
	minBlock     = allocconf.MinBlock
	smallLimit   = allocconf.SmallLimit
	smallSegment = allocconf.SmallSegment
	roundLarge   = allocconf.RoundLarge
)

// roundUp returns the next multiple of unit. It wraps to a negative number when
// there is none.
func roundUp(size, unit int64) int64 { return (size + unit - 1) / unit * unit }
