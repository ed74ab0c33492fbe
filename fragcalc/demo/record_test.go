package demo

import (
	"errors"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

// What is recorded of the demo is a history that the model understands.
func TestARecordingOfTheDemoCanBeReplayed(t *testing.T) {
	n := NewNode(1)
	at := noon
	for pid, rows := range byPID(n.Snapshot(at)) {
		if !rows[0].Instrumented {
			continue
		}
		end, err := n.Record(fragcalc.RecordRequest{Target: rows[0].ProcessID, MaxEvents: fragcalc.MostRecordedEvents}, at)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.Record(fragcalc.RecordRequest{Target: rows[0].ProcessID}, at); err == nil {
			t.Errorf("%d is recorded twice at once", pid)
		}
		at = at.Add(10 * time.Second)
		recorded := end(at)
		if len(recorded) != len(rows) {
			t.Fatalf("%d: %d rows of %d", pid, len(recorded), len(rows))
		}
		for i := range recorded {
			row := &recorded[i]
			c, err := whatif.Compare(row, whatif.Usual(row.Settings.Text), whatif.OwnTotal(row))
			if err != nil {
				t.Fatalf("%d: %v", pid, err)
			}
			// The sizes of the trainer's older blocks cannot be told from their frees alone.
			sure := c.Report.Exact == c.Report.Allocations && c.Report.Final
			if !row.Trace.Cut || c.Report.Allocations == 0 || !sure && pid != 48121 {
				t.Errorf("%d on %s: %+v of %d events", pid, row.GPUUUID, c.Report, c.Events)
			}
			if now := byPID(n.Snapshot(at))[pid][i]; now.Reserved != row.Reserved || now.Trace != nil {
				t.Errorf("%d: the row says %v, the process %v", pid, row.Reserved, now.Reserved)
			}
		}
	}
}

func TestARecordingKeepsTheNewestEventsAndEnds(t *testing.T) {
	n := NewNode(1)
	target := n.Snapshot(noon).Processes[0].ProcessID
	end, err := n.Record(fragcalc.RecordRequest{Target: target, MaxEvents: 10}, noon)
	if err != nil {
		t.Fatal(err)
	}
	rows := end(noon.Add(5 * time.Second))
	last := rows[0].Trace.Events[9]
	n.Snapshot(noon.Add(10 * time.Second))
	if events := rows[0].Trace.Events; len(events) != 10 || events[9] != last {
		t.Errorf("%d events, the last %+v", len(events), events[len(events)-1])
	}
}

func TestTheDemoRefusesToRecordWhatItCannotSee(t *testing.T) {
	n := NewNode(1)
	for pid, rows := range byPID(n.Snapshot(noon)) {
		if rows[0].Instrumented {
			continue
		}
		var refusal *fragcalc.RecordRefusal
		if _, err := n.Record(fragcalc.RecordRequest{Target: rows[0].ProcessID}, noon); !errors.As(err, &refusal) || refusal.Reason == "" {
			t.Errorf("%d: %v", pid, err)
		}
	}
}
