package whatif

import "github.com/gpufragtop/gpufragtop/fragcalc"

// OwnTotal is the most that the allocator of a live process can have: what it
// holds and what the device has left, within its own cap; in bytes. 0, which
// Compare takes for a device without bound, where that is not known: for the
// rows of a file.
func OwnTotal(row *fragcalc.Process) int64 {
	free, known := row.Room.DeviceFree.Get()
	if !known {
		return 0
	}
	total := row.Reserved.Or(0) + free
	if allowed, capped := row.Room.Allowed.Get(); capped {
		total = min(total, allowed)
	}
	return total
}
