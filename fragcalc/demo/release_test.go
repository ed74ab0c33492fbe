package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestReleaseGivesTheEstimate(t *testing.T) {
	for seed := range int64(3) {
		n := NewNode(seed)
		withPending := 0
		for i := range 12 {
			at := noon.Add(time.Duration(i) * 11 * time.Second)
			for pid, rows := range byPID(n.Snapshot(at)) {
				if !rows[0].Hook.Available {
					continue
				}
				outcome := n.Release(rows[0].ProcessID, at)
				if outcome.Status != fragcalc.ReleaseDone || len(outcome.GPUs) != len(rows) || outcome.Took <= 0 {
					t.Fatalf("process %d: %+v", pid, outcome)
				}
				for j, g := range outcome.GPUs {
					if g.GPUUUID != rows[j].GPUUUID || g.Before != rows[j].Reserved || g.Estimate != rows[j].ReleaseEstimate {
						t.Fatalf("process %d: %+v, the row said %v and %v", pid, g, rows[j].Reserved, rows[j].ReleaseEstimate)
					}
					if back := g.Before.Or(0) - g.After.Or(0); g.Estimate != fragcalc.Of(back) {
						t.Fatalf("process %d: %d bytes came back, estimated %v", pid, back, g.Estimate)
					}
					if rows[j].Pending.Or(0) > 0 {
						withPending++
					}
				}
				after := byPID(n.Snapshot(at))[pid]
				for j, row := range after {
					if row.Reserved != outcome.GPUs[j].After || row.Releasable.Or(-1) != 0 || row.Pending.Or(-1) != 0 {
						t.Fatalf("process %d after the release: %+v", pid, row.Figures)
					}
				}
			}
		}
		if withPending == 0 {
			t.Errorf("seed %d: no release met pending blocks", seed)
		}
	}
}

func TestReleaseRefused(t *testing.T) {
	n := NewNode(1)
	rows := byPID(n.Snapshot(noon))
	train := rows[48121][0].ProcessID
	if outcome := n.Release(train, noon); outcome.Status != fragcalc.ReleaseDone {
		t.Fatalf("%+v", outcome)
	}
	tests := []struct {
		target fragcalc.ProcessID
		after  time.Duration
		want   fragcalc.ReleaseStatus
		reason string
	}{
		{train, 9 * time.Second, fragcalc.ReleaseTooSoon, "10 s"},
		{train, 10 * time.Second, fragcalc.ReleaseDone, ""},
		{rows[48200][0].ProcessID, 0, fragcalc.ReleaseNotInstrumented, "not instrumented"},
		{rows[50018][0].ProcessID, 0, fragcalc.ReleaseNotPermitted, "process of bob"},
		{fragcalc.ProcessID{PID: train.PID, StartTicks: 1}, 0, fragcalc.ReleasePIDReused, "another process"},
		{fragcalc.ProcessID{PID: 4}, 0, fragcalc.ReleaseGone, "ended"},
	}
	for _, test := range tests {
		before := len(n.events)
		outcome := n.Release(test.target, noon.Add(test.after))
		if outcome.Status != test.want || !strings.Contains(outcome.Reason, test.reason) || outcome.Target != test.target {
			t.Errorf("%+v after %v: %+v", test.target, test.after, outcome)
		}
		if len(n.events) != before+1 {
			t.Fatalf("%d events were noted", len(n.events)-before)
		}
		kind := "release_refused"
		if test.want == fragcalc.ReleaseDone {
			kind = "release"
		}
		if e := n.events[before]; e.Kind != kind || e.PID != test.target.PID || e.Text == "" {
			t.Errorf("event %+v", e)
		}
	}
}
