package agents

import (
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

func TestWalkReasonsAreWordsForPeople(t *testing.T) {
	for _, c := range []struct {
		header page.Header
		want   string
	}{
		{page.Header{WalkStatus: page.WalkOK}, ""},
		{page.Header{WalkStatus: page.WalkOverBudget, ExpectedHold: fragcalc.Of(31 * time.Millisecond), MaxHold: 20 * time.Millisecond},
			"over budget: a walk is expected to hold the program for 31 ms, the limit is 20 ms"},
		{page.Header{WalkStatus: page.WalkOverBudget, MaxHold: 20 * time.Millisecond},
			"over budget: a walk is expected to hold the program for longer than 20 ms"},
		{page.Header{WalkStatus: page.WalkError, LastError: "KeyError: 'blocks'"}, "the walk failed: KeyError: 'blocks'"},
		{page.Header{WalkStatus: 77}, "the agent gives an unknown reason (77)"},
	} {
		if got := walkReason(c.header); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestJobText(t *testing.T) {
	for _, c := range []struct {
		variables []string
		want      string
	}{
		{[]string{"RANK=3", "WORLD_SIZE=8", "SLURM_JOB_ID=4711"}, "rank 3/8 slurm 4711"},
		{[]string{"SLURM_PROCID=1"}, "rank 1"},
		{[]string{"POD_NAMESPACE=ml", "POD_NAME=trainer-0"}, "pod ml/trainer-0"},
		{[]string{"RANK", "=", "LOCAL_RANK=1"}, ""},
		{nil, ""},
	} {
		a := agent{figures: figures{counters: page.Counters{Slot: page.Slot{Seq: 1}, Job: c.variables}}}
		if got := procs.JobText(a.variables()); got != c.want {
			t.Errorf("%q: %q, want %q", c.variables, got, c.want)
		}
	}
}

func TestWatchingCost(t *testing.T) {
	w := watchingCost(page.Header{HoldTotal: time.Second, Watched: 100 * time.Second, HoldWorst: 4 * time.Millisecond})
	if share, ok := w.Share.Get(); !ok || share != 0.01 || w.WorstHold.Or(0) != 4*time.Millisecond {
		t.Errorf("%+v", w)
	}
	if w = watchingCost(page.Header{HoldTotal: time.Hour, Watched: 1}); w.Share.Or(0) != 1 {
		t.Errorf("a hostile share of %v", w.Share.Or(0))
	}
	if w = watchingCost(page.Header{}); w.Share.Known() {
		t.Error("the share of no time at all is known")
	}
}

func TestShortfall(t *testing.T) {
	gpu := func(estimate, before, after int64) fragcalc.ReleasedGPU {
		return fragcalc.ReleasedGPU{Estimate: fragcalc.Of(estimate), Before: fragcalc.Of(before), After: fragcalc.Of(after)}
	}
	unknown := gpu(0, 9, 1)
	unknown.Estimate = fragcalc.Unknown[int64]("no walk")
	if got := shortfall([]fragcalc.ReleasedGPU{gpu(5, 9, 4), gpu(1, 9, 1), unknown}, false); got != "" {
		t.Errorf("as estimated or more: %q", got)
	}
	if got := shortfall([]fragcalc.ReleasedGPU{gpu(5, 9, 4), gpu(5, 9, 5)}, false); got == "" {
		t.Error("one GPU gave less, and nothing was said")
	}
	if got, other := shortfall([]fragcalc.ReleasedGPU{gpu(5, 9, 9)}, true), shortfall([]fragcalc.ReleasedGPU{gpu(5, 9, 9)}, false); got == other || got == "" {
		t.Errorf("%q", got)
	}
}

// Lines are cut at their end: what to do comes first, with the PID as this
// monitor numbers it.
func TestARefusalThatForceOverridesSaysSoFirst(t *testing.T) {
	for _, late := range []page.Capabilities{0, page.CapLate} {
		h := page.Header{CountersSeq: 1, PID: 7, Capabilities: page.CapFramework | page.CapRelease | late}
		if got := hook(h, 4711); got.Available || !strings.HasPrefix(got.Reason, "needs gpufragtop release 4711 --force: ") {
			t.Errorf("%+v", got)
		}
		if why := hookRefusal(h, true, 4711); why.yes() {
			t.Errorf("forced: %+v", why)
		}
	}
}
