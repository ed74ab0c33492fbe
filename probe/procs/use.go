package procs

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// ticksPerSecond is the unit of processor time in /proc (USER_HZ): 100 on
// every architecture that NVIDIA's driver runs on.
const ticksPerSecond = 100

// used is the processor time that a process had taken at a moment.
type used struct {
	at    time.Time // zero before the first sample
	ticks uint64
}

// uptime is the seconds since the machine started, as /proc counts them.
func uptime() float64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
		return 0
	}
	return float64(t.Nano()) / 1e9
}

// since is what a process has used since the sample before, in the first one since it started.
func (u *used) since(s *stat, now time.Time) fragcalc.HostUse {
	use := fragcalc.UnknownHostUse("not told by /proc")
	if s.pages >= 0 {
		use.Memory = fragcalc.Of(s.pages * int64(os.Getpagesize()))
	}
	switch passed := now.Sub(u.at); {
	case u.at.IsZero():
		if life := uptime() - float64(s.StartTicks)/ticksPerSecond; life > 0 {
			use.CPU = fragcalc.Of(float64(s.ticks) / ticksPerSecond / life)
		}
	case passed > 0 && s.ticks >= u.ticks:
		use.CPU = fragcalc.Of(float64(s.ticks-u.ticks) / ticksPerSecond / passed.Seconds())
	}
	*u = used{now, s.ticks}
	return use
}
