package tui

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func crowd(n int) (*fragcalc.Snapshot, []fragcalc.ProcessID) {
	s := &fragcalc.Snapshot{GPUs: []fragcalc.GPU{{Index: 3, UUID: "GPU-abc"}}}
	var ids []fragcalc.ProcessID
	for i := range n {
		p := fragcalc.Process{RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 100 + i}, GPUUUID: "GPU-abc"}, User: "ann", Command: "python train.py --with --a --long --line"}
		p.ReleaseEstimate = fragcalc.Of[int64](1 << 30)
		s.Processes = append(s.Processes, p)
		ids = append(ids, p.ProcessID)
	}
	return s, ids
}

// The question names who refuses, a line each reason, and fits on a terminal of
// 24 rows however many are asked.
func TestReleaseQuestion(t *testing.T) {
	for _, n := range []int{1, 2, 9, 300} {
		s, ids := crowd(n)
		var refusals []fragcalc.ReleaseOutcome
		if n > 2 {
			for _, id := range ids[1:3] {
				refusals = append(refusals, fragcalc.ReleaseOutcome{Target: id, Status: fragcalc.ReleaseOff, Reason: "its release hook is off"})
			}
		}
		var out bytes.Buffer
		WriteReleaseQuestion(&out, s, ids, refusals)
		text := out.String()
		if strings.Count(text, "\n") > 22 || !strings.HasSuffix(text, "[y/N] ") || !strings.Contains(text, "GPU 3") || !strings.Contains(text, "1.00 GiB back (predicted)") {
			t.Errorf("%d:\n%s", n, text)
		}
		if (n > 2) != strings.Contains(text, "101 102 will refuse: its release hook is off\n") {
			t.Errorf("%d: who refuses:\n%s", n, text)
		}
		if (n == 300) != strings.Contains(text, fmt.Sprintf("and %d more", 300-2+1-mostAsked)) {
			t.Errorf("%d: how many more:\n%s", n, text)
		}
	}
}

// GPUs are named by number, what is unknown is said once, and a long wait is
// said.
func TestWriteReleased(t *testing.T) {
	s, _ := crowd(1)
	gpu := func(back int64, taken fragcalc.Bytes) fragcalc.ReleasedGPU {
		return fragcalc.ReleasedGPU{GPUUUID: "GPU-abc", Before: fragcalc.Of(back), After: fragcalc.Of[int64](0), Estimate: fragcalc.Of(back), Taken: taken}
	}
	print := func(named bool, o fragcalc.ReleaseOutcome) string {
		var out bytes.Buffer
		o.Target.PID = 100
		WriteReleased(&out, s, o, named)
		return out.String()
	}
	busy := fragcalc.Unknown[int64]("NVML was busy")
	two := fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseDone, Took: 3 * time.Millisecond, GPUs: []fragcalc.ReleasedGPU{gpu(1<<30, busy), gpu(2<<30, busy)}}
	if got := print(false, two); strings.Count(got, "unknown") != 1 || !strings.HasPrefix(got, "GPU 3: released 1.00 GiB in 3 ms, GIL") || strings.Contains(got, "GPU-") {
		t.Errorf("alone: %s", got)
	}
	if got := print(true, two); strings.Contains(got, "unknown") || !strings.HasPrefix(got, "100 GPU 3: ") {
		t.Errorf("one of several: %s", got)
	}
	nothing := fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseDone, Waited: 7540 * time.Millisecond, GPUs: []fragcalc.ReleasedGPU{gpu(0, busy)}}
	if got := print(false, nothing); strings.Contains(got, "taken") || !strings.Contains(got, "released 0 B in 0 ms (waited 7.5 s before)") {
		t.Errorf("of nothing: %s", got)
	}
	if got := print(false, fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseExpired, Reason: "late", Waited: 10 * time.Second}); got != "not released: late (waited 10.0 s)\n" {
		t.Errorf("late: %q", got)
	}
	var out bytes.Buffer
	WriteReleaseTotal(&out, s, fragcalc.ReleaseReport{GPUs: []fragcalc.FreedGPU{{GPUUUID: "GPU-abc", Back: fragcalc.Of[int64](5), Taken: busy}}, Outcomes: make([]fragcalc.ReleaseOutcome, 3)})
	if got := out.String(); !strings.Contains(got, "total GPU 3: released 5 B; what was taken of it meanwhile is unknown: NVML was busy\n") || !strings.Contains(got, "0 of 3") {
		t.Errorf("the total: %s", got)
	}
}

// together is a buffer that may be written and read side by side.
type together struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *together) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *together) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Whoever is not answered in time is named, step by step; answered ones are not.
func TestWaiting(t *testing.T) {
	id := func(pid int) fragcalc.ProcessID { return fragcalc.ProcessID{PID: pid} }
	plan := fragcalc.ReleasePlan{Steps: [][]fragcalc.ProcessID{{id(1)}, {id(2), id(3)}, {id(4)}}}
	var out together
	w := newWaiting(&out, plan, time.Hour)
	w.Answered()
	w.mu.Lock()
	w.after = time.Millisecond
	w.begin() // the second step, with less patience
	w.mu.Unlock()
	for out.String() == "" {
		time.Sleep(time.Millisecond)
	}
	w.mu.Lock()
	w.after = time.Hour
	w.mu.Unlock()
	w.Answered()
	w.Answered()
	w.Stop()
	w.Answered()
	w.say(plan.Steps[2])
	if got := out.String(); got != "gpufragtop: waiting for 2 3\n" {
		t.Errorf("%q", got)
	}
}
