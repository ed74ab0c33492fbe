package probe

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestDemo(t *testing.T) {
	d := NewDemo(1, Options{Version: "v"})
	defer d.Close()
	shot := d.SampleFresh(t.Context())
	if !shot.Demo || shot.Version != "v" || len(shot.GPUs) != 2 || len(shot.Processes) == 0 || shot.At.IsZero() {
		t.Fatalf("got %+v", shot)
	}
	if later := d.Sample(t.Context()); later == shot || later.At.Before(shot.At) {
		t.Error("the clock stands still")
	}
}

func TestDemoFilter(t *testing.T) {
	all := NewDemo(1, Options{}).Sample(t.Context())
	want := 0
	for _, p := range all.Processes {
		if p.GPUUUID == all.GPUs[1].UUID {
			want++
		}
	}
	for _, word := range []string{"1", all.GPUs[1].UUID} {
		shot := NewDemo(1, Options{Devices: []string{word}}).Sample(t.Context())
		if len(shot.GPUs) != 1 || shot.GPUs[0].Index != 1 || len(shot.Processes) != want {
			t.Errorf("-i %s: %d GPUs, %d processes", word, len(shot.GPUs), len(shot.Processes))
		}
	}
	if shot := NewDemo(1, Options{Devices: []string{"9"}}).Sample(t.Context()); len(shot.GPUs) != 0 || len(shot.Faults) == 0 {
		t.Errorf("-i 9: %+v", shot)
	}
}

func TestDemoReadonly(t *testing.T) {
	d := NewDemo(1, Options{Readonly: true})
	for _, p := range d.Sample(t.Context()).Processes {
		if p.Hook.Available || p.Hook.Reason == "" {
			t.Errorf("%d has the hook %+v", p.PID, p.Hook)
		}
	}
	out := only(t, d, fragcalc.ProcessID{PID: 1})
	if out.Status != fragcalc.ReleaseReadonly || !strings.Contains(out.Reason, "--readonly") {
		t.Errorf("got %+v", out)
	}
}

func TestDemoRelease(t *testing.T) {
	d := NewDemo(1, Options{})
	for _, p := range d.Sample(t.Context()).Processes {
		if p.Hook.Available {
			if out := only(t, d, p.ProcessID); out.Status != fragcalc.ReleaseDone || out.Target != p.ProcessID {
				t.Errorf("got %+v", out)
			}
			return
		}
	}
	t.Error("no process of the demo can release")
}

func TestDemoRecord(t *testing.T) {
	d := NewDemo(1, Options{Devices: []string{"1"}})
	for _, p := range d.Sample(t.Context()).Processes {
		if !p.Instrumented {
			continue
		}
		rows, err := d.Record(t.Context(), fragcalc.RecordRequest{Target: p.ProcessID, For: time.Nanosecond, MaxEvents: 10})
		if err != nil || len(rows) != 1 || rows[0].RowID != p.RowID || rows[0].Trace == nil {
			t.Errorf("%d: %d rows, %v", p.PID, len(rows), err)
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		var refusal *fragcalc.RecordRefusal
		if _, err := d.Record(cancelled, fragcalc.RecordRequest{Target: p.ProcessID, For: time.Minute}); !errors.As(err, &refusal) {
			t.Errorf("cancelled: %v", err)
		}
		if _, err := d.Record(t.Context(), fragcalc.RecordRequest{Target: p.ProcessID}); err != nil {
			t.Errorf("after a cancelled one: %v", err)
		}
	}
	_, err := NewDemo(1, Options{Readonly: true}).Record(t.Context(), fragcalc.RecordRequest{})
	if err == nil || !strings.Contains(err.Error(), "--readonly") {
		t.Errorf("got %v", err)
	}
}
