package probe

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// releaser is what can release.
type releaser interface {
	Release(ctx context.Context, plan fragcalc.ReleasePlan, each func(fragcalc.ReleaseOutcome)) fragcalc.ReleaseReport
}

// only releases one process; the outcome is told once.
func only(t *testing.T, r releaser, id fragcalc.ProcessID) fragcalc.ReleaseOutcome {
	t.Helper()
	told := 0
	report := r.Release(t.Context(), fragcalc.ReleasePlan{Steps: [][]fragcalc.ProcessID{{id}}}, func(fragcalc.ReleaseOutcome) { told++ })
	if len(report.Outcomes) != 1 || told != 1 {
		t.Fatalf("%+v, told %d times", report, told)
	}
	return report.Outcomes[0]
}

// The page has the bytes of a UUID only: the outcome has NVML's name, and what
// is asked of the page later its own.
func TestReleaseNamesDevicesAsNVMLDoes(t *testing.T) {
	w := newWorld(t, true, "")
	t.Setenv("GFT_FAKE_MIG", "1")
	s := w.sampler(t)
	mig := s.Sample(t.Context()).GPUs[0].UUID
	w.pages.outcome = func(fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome {
		return fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseDone, GPUs: []fragcalc.ReleasedGPU{{GPUUUID: strings.Replace(mig, "MIG", "GPU", 1), Retries: fragcalc.Of[int64](3)}}}
	}
	id := fragcalc.ProcessID{PID: 50, StartTicks: 7}
	report := s.Release(t.Context(), fragcalc.ReleasePlan{Steps: [][]fragcalc.ProcessID{{id}}, Force: true}, func(fragcalc.ReleaseOutcome) {})
	out := report.Outcomes[0]
	if out.Status != fragcalc.ReleaseDone || out.GPUs[0].GPUUUID != mig || !slices.Equal(w.pages.released, []fragcalc.ReleaseRequest{{Target: id, Force: true}}) {
		t.Errorf("got %+v for %+v", out, w.pages.released)
	}
	w.pages.retries = 5
	if retries := s.Retries(t.Context(), out); retries != fragcalc.Of[int64](2) {
		t.Errorf("%+v retries since, want 2", retries)
	}
}

// Those that would refuse are told in the order of the targets, and force is
// passed on.
func TestRefusals(t *testing.T) {
	s := newWorld(t, true, "").sampler(t)
	targets := []fragcalc.ProcessID{{PID: 7}, {PID: 8}, {PID: 3}}
	got := s.Refusals(t.Context(), targets, false)
	if len(got) != 2 || got[0].Target.PID != 7 || got[1].Target.PID != 3 || got[0].Status != fragcalc.ReleaseStopped {
		t.Errorf("%+v", got)
	}
	if got := s.Refusals(t.Context(), targets, true); len(got) != 0 {
		t.Errorf("forced: %+v", got)
	}
}

// What NVML says is free before and after, against what came back.
func TestReleaseSaysWhatOthersTook(t *testing.T) {
	ledger := t.TempDir()
	t.Setenv("GFT_FAKE_DIR", ledger)
	charge := func(used int64) { // to this process, which is alive
		record := fmt.Sprintf("%x %020d\n", device(0), used)
		if err := os.WriteFile(filepath.Join(ledger, strconv.Itoa(os.Getpid())), []byte(record), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	charge(700 * mib)
	w := newWorld(t, true, "")
	s := w.sampler(t)
	s.Sample(t.Context())
	for _, c := range []struct {
		name string
		used int64 // afterwards, by all
		want fragcalc.Bytes
	}{
		{"nobody", 600 * mib, fragcalc.Of[int64](0)},
		{"half of it", 650 * mib, fragcalc.Of[int64](50 * mib)},
		{"others gave back, too", 300 * mib, fragcalc.Of[int64](0)},
	} {
		charge(700 * mib)
		w.pages.outcome = func(fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome {
			charge(c.used)
			return fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseDone, GPUs: []fragcalc.ReleasedGPU{{GPUUUID: uuid0, Before: fragcalc.Of[int64](500 * mib), After: fragcalc.Of[int64](400 * mib)}}}
		}
		if out := only(t, s, fragcalc.ProcessID{PID: 50}); out.GPUs[0].Taken != c.want || out.Taken() != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, out.GPUs[0].Taken, c.want)
		}
	}
	w.control.Set("noperm call=memory device=0")
	if out := only(t, s, fragcalc.ProcessID{PID: 50}); out.Taken().Known() || out.Taken().Reason() == "" {
		t.Errorf("NVML tells nothing, and yet %+v was taken", out.Taken())
	}
}

// Those of a step are asked at the same time, steps one after the other; what
// happens on one GPU at once is told in total only.
func TestStepsOfARelease(t *testing.T) {
	id := func(pid int) fragcalc.ProcessID { return fragcalc.ProcessID{PID: pid} }
	var mu sync.Mutex
	underway, most := 0, map[int]int{}
	together := make(chan struct{})
	waiting := 0
	r := releasing{
		one: func(ctx context.Context, request fragcalc.ReleaseRequest) fragcalc.ReleaseOutcome {
			pid := request.Target.PID
			mu.Lock()
			underway++
			most[pid] = underway
			if pid < 3 { // both of the first step, or it never goes on
				if waiting++; waiting == 2 {
					close(together)
				}
			}
			mu.Unlock()
			if pid < 3 {
				select {
				case <-together:
				case <-time.After(20 * time.Second):
					t.Error("the step is not asked at the same time")
				}
			}
			mu.Lock()
			defer mu.Unlock()
			underway--
			if _, limited := ctx.Deadline(); !limited {
				t.Error("no deadline")
			}
			if pid == 4 {
				return fragcalc.ReleaseOutcome{Target: id(pid), Status: fragcalc.ReleaseBusy, Reason: "busy"}
			}
			return fragcalc.ReleaseOutcome{Target: id(pid), Status: fragcalc.ReleaseDone, GPUs: []fragcalc.ReleasedGPU{{GPUUUID: uuid0, Before: fragcalc.Of[int64](30), After: fragcalc.Of[int64](10)}}}
		},
		free: func(context.Context) func(string) fragcalc.Bytes {
			return func(string) fragcalc.Bytes { return fragcalc.Of[int64](100) }
		},
	}
	told := ""
	report := r.run(t.Context(), fragcalc.ReleasePlan{Steps: [][]fragcalc.ProcessID{{id(1), id(2)}, {id(3)}, {id(4)}}}, func(o fragcalc.ReleaseOutcome) { told += fmt.Sprint(o.Target.PID) })
	if told != "1234" || report.Done() != 3 || len(report.Outcomes) != 4 || most[3] != 1 || most[4] != 1 {
		t.Errorf("told of %s, %d done, at once %v", told, report.Done(), most)
	}
	if len(report.GPUs) != 1 || report.GPUs[0] != (fragcalc.FreedGPU{GPUUUID: uuid0, Back: fragcalc.Of[int64](60), Taken: fragcalc.Of[int64](60)}) {
		t.Errorf("in total %+v", report.GPUs)
	}
	if taken := report.Outcomes[0].Taken(); taken.Known() || !strings.Contains(taken.Reason(), "at the same time") {
		t.Errorf("of one of two: %+v", taken)
	}
	if taken := report.Outcomes[2].Taken(); taken != fragcalc.Of[int64](20) {
		t.Errorf("of one alone: %+v", taken)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report = r.run(ctx, fragcalc.ReleasePlan{Steps: [][]fragcalc.ProcessID{{id(3)}}}, func(fragcalc.ReleaseOutcome) {})
	if report.Outcomes[0].Status != fragcalc.ReleaseExpired {
		t.Errorf("nobody waits, and yet %+v", report.Outcomes[0])
	}
}
