package document

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/advice"
)

// answers are the keys that are answers rather than figures.
type answers struct {
	GPUs []struct {
		Waste waste `json:"waste_per_hour"`
	}
	Processes []struct {
		Waste  waste    `json:"waste_per_hour"`
		Advice []advise `json:"advice"`
	}
	Faults []struct{ Field string }
}

type waste struct {
	Stranded, Slack *float64
	Price           *float64 `json:"price_per_gpu_hour"`
}

type advise struct {
	Rule, Text string
	Evidence   map[string]any
	Expected   *int64 `json:"expected_bytes"`
}

func answersOf(t *testing.T, s *fragcalc.Snapshot, o Options) (a answers) {
	t.Helper()
	text := encode(t, s, o)
	if err := compiled(t, Schema()).Validate(decoded(t, text)); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// holed is a process with a GiB in a hole.
func holed() fragcalc.Process {
	p := measured()
	p.Settings.Text = ""
	blocks := []fragcalc.Block{
		{Address: 1 << 40, Size: 1 << 30, Requested: 1 << 30, State: fragcalc.BlockUsed},
		{Address: 1<<40 + 1<<30, Size: 1 << 30},
	}
	p.Pools = fragcalc.GroupPools([]fragcalc.WalkSegment{{Segment: fragcalc.Segment{Address: 1 << 40, Size: 2 << 30, Blocks: blocks}}})
	p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	p.ActivePeak = fragcalc.Of[int64](1 << 30)
	p.Against(fragcalc.Of[int64](3<<30), p.ActivePeak)
	return p
}

func TestAdviceOfAProcess(t *testing.T) {
	find := func(o Options) *advise {
		for _, a := range answersOf(t, node(holed(), unknown()), o).Processes[0].Advice {
			if a.Rule == "expandable_segments" {
				return &a
			}
		}
		return nil
	}
	a := find(Options{})
	if a == nil || a.Evidence["stranded_bytes"] != float64(1<<30) || a.Expected != nil {
		t.Fatalf("%+v", a)
	}
	a = find(Options{ExpandableSaves: func(p *fragcalc.Process) fragcalc.Bytes {
		if p.PID != 42 {
			return fragcalc.Unknown[int64]("no trace")
		}
		return fragcalc.Of[int64](512 << 20)
	}})
	if a == nil || a.Expected == nil || *a.Expected != 512<<20 || a.Evidence["expandable_saves_bytes"] != float64(512<<20) {
		t.Fatalf("%+v", a)
	}
	if got := answersOf(t, node(unknown()), Options{}).Processes[0].Advice; got == nil || len(got) != 0 {
		t.Errorf("an unknown process is told %v; want an empty list", got)
	}
}

func TestEvidenceOfEveryKindIsWritten(t *testing.T) {
	w := &writer{}
	w.open('{')
	for _, f := range []advice.Figure{{Name: "a", Value: int64(7)}, {Name: "b", Value: 0.5}, {Name: "c", Value: "x\x1b"}, {Name: "d", Value: math.Inf(1)}} {
		w.evidence(f)
	}
	w.close('}')
	if got, want := string(w.out), `{"a":7,"b":0.5,"c":"x\u001b","d":null}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWasteHasAPriceOrIsNull(t *testing.T) {
	s := node(holed(), unknown())
	for _, o := range []Options{{}, {GPUHourPrice: -1}, {GPUHourPrice: math.Inf(1)}} {
		for _, p := range answersOf(t, s, o).Processes {
			if p.Waste != (waste{}) {
				t.Errorf("%v: %+v", o.GPUHourPrice, p.Waste)
			}
		}
	}
	off, on := answersOf(t, s, Options{}), answersOf(t, s, Options{GPUHourPrice: 80})
	w := on.Processes[0].Waste
	// A GiB of 80 at 80 an hour; slack is the same GiB, seen otherwise.
	if w.Stranded == nil || w.Slack == nil || w.Price == nil || *w.Stranded != 1 || *w.Slack != 1 || *w.Price != 80 {
		t.Errorf("%+v", w)
	}
	if w := on.Processes[1].Waste; w.Stranded != nil || w.Slack != nil || w.Price == nil {
		t.Errorf("a process of which nothing is known wastes %+v", w)
	}
	if w := on.GPUs[0].Waste; w.Stranded == nil || *w.Stranded != 1 || w.Price == nil || off.GPUs[0].Waste != (waste{}) {
		t.Errorf("the GPU wastes %+v with a price, %+v without", w, off.GPUs[0].Waste)
	}
	if len(off.Faults) != len(on.Faults) {
		t.Errorf("%d faults without a price, %d with one", len(off.Faults), len(on.Faults))
	}
}
