package agents

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
)

// now is the clock that pages use: CLOCK_MONOTONIC, the same for all processes.
func now() page.Instant { return clock(unix.CLOCK_MONOTONIC) }

func clock(id int32) page.Instant {
	var t unix.Timespec
	if err := unix.ClockGettime(id, &t); err != nil {
		panic("clock_gettime: " + err.Error()) // cannot fail for these clocks
	}
	return page.Instant(t.Nano())
}

// ticksPerSecond is the unit of /proc/PID/stat: the kernel's USER_HZ, 100 on
// every architecture Linux has GPUs on.
const ticksPerSecond = 100

// age is how long ago a process began that started at this tick.
func age(startTicks uint64) time.Duration {
	uptime := time.Duration(clock(unix.CLOCK_BOOTTIME))
	return max(0, uptime-time.Duration(startTicks)*(time.Second/ticksPerSecond))
}
