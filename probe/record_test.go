package probe

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/agents"
)

func recordedDevice(uuid [16]byte, events ...fragcalc.TraceEvent) agents.Recorded {
	d := walked(uuid)
	return agents.Recorded{
		UUID: uuid, Pools: d.Pools, Figures: d.Figures, Counters: d.Counters, TakenAt: time.Now(),
		Trace: fragcalc.Trace{Events: events, Cut: true},
	}
}

// The rows of a recording have what a sample's have, and the trace.
func TestRecordedRows(t *testing.T) {
	w := newWorld(t, true, "50:0:100")
	w.proc.Add(50, 7, "train.py")
	capped := recordedDevice(device(0), fragcalc.TraceEvent{Kind: fragcalc.TraceAlloc}, fragcalc.TraceEvent{Kind: fragcalc.TraceOOM})
	capped.Counters.Allowed = fragcalc.Of[int64](300 * mib)
	w.pages.recorded = agents.RecordOutcome{
		Status: fragcalc.RecordDone, Target: fragcalc.ProcessID{PID: 50, StartTicks: 7},
		Framework: fragcalc.Framework{Name: "pytorch", Version: "2.6.0", Source: "page"},
		Settings:  fragcalc.AllocatorSettings{Text: "max_split_size_mb:64"},
		Devices:   []agents.Recorded{capped, recordedDevice(device(1)), recordedDevice(device(8))},
	}
	rows, err := w.sampler(t).Record(t.Context(), fragcalc.RecordRequest{Target: w.pages.recorded.Target})
	if err != nil {
		t.Fatal(err)
	}
	var got string
	for _, p := range rows {
		got += fmt.Sprintf("%d/%d %s memory %s reserved %s fits %s free %s; %d events, cut %v; %d pools; %s %s; %s; %v\n", p.PID, p.StartTicks, p.GPUUUID, show(p.GPUMemory),
			show(p.Reserved), show(p.FitsNow), show(p.Room.DeviceFree), len(p.Trace.Events), p.Trace.Cut, len(p.Pools), p.Framework.Version, p.Settings.Text, p.Command, p.Instrumented)
	}
	rest := "; 1 pools; 2.6.0 max_split_size_mb:64; train.py; true\n"
	want := "50/7 " + uuid0 + " memory 100 reserved 64 fits 236 free 900; 2 events, cut true" + rest +
		"50/7 " + uuid1 + " memory (NVML does not list the process on this GPU) reserved 64 fits 1000 free 1000; 0 events, cut true" + rest +
		"50/7 " + uuid0[:len(uuid0)-1] + "8 memory (no such GPU in NVML) reserved 64 fits (no such GPU in NVML) free (no such GPU in NVML); 0 events, cut true" + rest
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestNoRowsWithoutATrace(t *testing.T) {
	w := newWorld(t, true, "")
	w.pages.recorded = agents.RecordOutcome{Status: fragcalc.RecordLost, Reason: "why"}
	var refusal *fragcalc.RecordRefusal
	rows, err := w.sampler(t).Record(t.Context(), fragcalc.RecordRequest{})
	if rows != nil || !errors.As(err, &refusal) || refusal.Status != fragcalc.RecordLost || err.Error() != "why" {
		t.Errorf("%v, %v", rows, err)
	}
	w.options.Readonly = true
	w.pages.recorded.Status = fragcalc.RecordDone
	if rows, err := w.sampler(t).Record(t.Context(), fragcalc.RecordRequest{}); rows != nil || !errors.As(err, &refusal) || string(refusal.Status) != "readonly" {
		t.Errorf("with --readonly: %v, %v", rows, err)
	}
}
