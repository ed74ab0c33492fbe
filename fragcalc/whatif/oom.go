package whatif

import (
	"fmt"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// OutOfMemoryError says why an allocation failed, with the figures at that
// moment in bytes.
type OutOfMemoryError struct {
	Requested  int64          // what the program asked for
	Segment    int64          // what the driver was asked for
	Reserved   int64          // held by the allocator, after its own release
	DeviceFree int64          // free on the device
	Allowed    fragcalc.Bytes // cap on reserved bytes
}

func (e *OutOfMemoryError) Error() string {
	if allowed, ok := e.Allowed.Get(); ok && e.Reserved+e.Segment > allowed {
		return fmt.Sprintf("out of memory: %d bytes asked, %d reserved of %d allowed", e.Requested, e.Reserved, allowed)
	}
	return fmt.Sprintf("out of memory: %d bytes asked, %d free on the device", e.Requested, e.DeviceFree)
}
