package procs

import (
	"os"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestUseIsThatSinceTheSampleBefore(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	u := used{now, 500}
	use := u.since(&stat{ticks: 650, pages: 3}, now.Add(time.Second))
	if cpu, ok := use.CPU.Get(); !ok || cpu != 1.5 {
		t.Errorf("1.5 processors: %v", use.CPU)
	}
	if use.Memory != fragcalc.Of(3*int64(os.Getpagesize())) {
		t.Errorf("3 pages: %v", use.Memory)
	}
	if use = u.since(&stat{ticks: 650, pages: -1}, now.Add(3*time.Second)); use.CPU.Or(-1) != 0 || use.Memory.Known() {
		t.Errorf("idle, and its memory not told: %+v", use)
	}
	for name, s := range map[string]stat{"time that runs backwards": {ticks: 600}, "no time": {ticks: 700}} {
		v := used{now.Add(3 * time.Second), 650}
		if use := v.since(&s, now.Add(3*time.Second)); use.CPU.Known() {
			t.Errorf("%s: %v", name, use.CPU)
		}
	}
	var first used
	begun := uint64((uptime() - 100) * ticksPerSecond)
	use = first.since(&stat{ProcessID: fragcalc.ProcessID{StartTicks: begun}, ticks: 200 * ticksPerSecond}, now)
	if cpu, _ := use.CPU.Get(); cpu < 1.9 || cpu > 2.1 {
		t.Errorf("200 s of processors in a life of 100 s: %v", use.CPU)
	}
}
