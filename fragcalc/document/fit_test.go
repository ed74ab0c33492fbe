package document

import (
	"bytes"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
)

// fitOf is the answer of a process with a block of 30 MiB.
func fitOf(t *testing.T, choose func(fragcalc.FitContext) []fragcalc.Verdict) []byte {
	t.Helper()
	const mib = 1 << 20
	p := fragcalc.Process{
		RowID: fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: 42}, GPUUUID: uuid}, User: "alice", Command: "train",
		Pools: fragcalc.GroupPools([]fragcalc.WalkSegment{{Segment: fragcalc.Segment{Address: 0x7000, Size: 40 * mib, Blocks: []fragcalc.Block{
			{Address: 0x7000, Size: 30 * mib}, {Address: 0x7000 + 30*mib, Size: 10 * mib, State: fragcalc.BlockUsed}}}}}),
		Room: fragcalc.Room{DeviceFree: fragcalc.Of[int64](2 * mib)},
	}
	p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	p.Fit(p.Pools, p.Settings, p.Room)
	answers := []fragcalc.FitAnswer{{Process: &p, Verdicts: choose(p.FitContext(nil))}}
	var out bytes.Buffer
	if err := EncodeFit(&out, &fragcalc.Snapshot{Host: "node", From: "a.pickle", At: time.Unix(1_700_000_000, 0).UTC()}, 20*mib, answers); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFitFitsItsSchema(t *testing.T) {
	schema := compiled(t, FitSchema())
	obstructed := fitOf(t, func(c fragcalc.FitContext) []fragcalc.Verdict {
		return []fragcalc.Verdict{c.WouldFit(fragcalc.FitQuestion{Size: 20 << 20, Fresh: true})}
	})
	checkKeys(t, schema, decoded(t, obstructed))
	for _, reason := range []string{"", "needs a walk"} {
		document := fitOf(t, func(c fragcalc.FitContext) []fragcalc.Verdict {
			c.Reason = reason
			return c.WouldFitOnStreams(20 << 20)
		})
		if err := schema.Validate(decoded(t, document)); err != nil {
			t.Errorf("%q: %v", reason, err)
		}
	}
	s := demo.NewNode(1).Snapshot(time.Unix(1_700_000_000, 0))
	for _, size := range []int64{1, 1 << 20, 1 << 30, 1 << 40, 1 << 60} {
		var answers []fragcalc.FitAnswer
		for i := range s.Processes {
			p := &s.Processes[i]
			answers = append(answers, fragcalc.FitAnswer{Process: p, Verdicts: s.FitContext(p).WouldFitOnStreams(size)})
		}
		var out bytes.Buffer
		if err := EncodeFit(&out, s, size, answers); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(decoded(t, out.Bytes())); err != nil {
			t.Error(err)
		}
	}
}
