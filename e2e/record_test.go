//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/agents"
)

// recording is how long history is on in these tests.
const recording = 500 * time.Millisecond

func watcher(t *testing.T) *agents.Watcher {
	w := agents.New(agents.Options{Version: "e2e"})
	t.Cleanup(w.Close)
	return w
}

// id is who has the program's pid.
func (p *program) id(w *agents.Watcher) fragcalc.ProcessID {
	p.t.Helper()
	for _, found := range w.Sample(p.t.Context(), []int{p.pid()}, true) {
		if found.ID.PID == p.pid() {
			return found.ID
		}
	}
	p.t.Fatal("the program is not instrumented")
	return fragcalc.ProcessID{}
}

func (p *program) record(w *agents.Watcher, d time.Duration, most int) agents.RecordOutcome {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), hang)
	defer cancel()
	return w.Record(ctx, fragcalc.RecordRequest{Target: p.id(w), For: d, MaxEvents: most})
}

// recorded is a recording that must succeed.
func (p *program) recorded(w *agents.Watcher, d time.Duration, most int) agents.RecordOutcome {
	p.t.Helper()
	got := p.record(w, d, most)
	if got.Status != fragcalc.RecordDone || got.Reason != "" {
		p.t.Fatalf("%s: %s", got.Status, got.Reason)
	}
	return got
}

// history asks PyTorch whether it records, and how many entries it has.
func (p *program) history() (on bool, entries int) {
	p.t.Helper()
	answer := p.tell("history ask")
	return answer["on"].(bool), int(answer["entries"].(float64))
}

// state is what a trace leaves: bytes asked for of each block, and of each
// segment its bytes, where the trace tells of them.
type state struct {
	blocks   map[uint64]int64
	reserved int64
}

// undo goes back from the walk at the end of a trace to its beginning, and
// tells of everything on the way that cannot be.
func undo(t *testing.T, d agents.Recorded) state {
	t.Helper()
	now := state{blocks: map[uint64]int64{}}
	pending := map[uint64]int64{}
	for i := range d.Pools {
		for _, s := range d.Pools[i].Segments {
			now.reserved += s.Size
			for _, b := range s.Blocks {
				switch b.State {
				case fragcalc.BlockUsed:
					now.blocks[b.Address] = b.Requested
				case fragcalc.BlockPending:
					pending[b.Address] = b.Requested
				}
			}
		}
	}
	wrong := 0
	expect := func(ok bool, e fragcalc.TraceEvent, i int) {
		if !ok {
			if wrong++; wrong < 5 {
				t.Errorf("event %d of %d: %+v does not lead to the walk", i, len(d.Trace.Events), e)
			}
		}
	}
	for i := len(d.Trace.Events) - 1; i >= 0; i-- {
		switch e := d.Trace.Events[i]; e.Kind {
		case fragcalc.TraceAlloc:
			size, used := now.blocks[e.Address]
			expect(used && size == e.Size, e, i)
			delete(now.blocks, e.Address)
		case fragcalc.TraceFreeRequested:
			size, freed := pending[e.Address]
			expect(freed && size == e.Size, e, i)
			delete(pending, e.Address)
			now.blocks[e.Address] = e.Size
		case fragcalc.TraceFreeCompleted:
			_, used := now.blocks[e.Address]
			expect(!used, e, i)
			pending[e.Address] = e.Size
		case fragcalc.TraceSegmentAlloc, fragcalc.TraceSegmentMap:
			now.reserved -= e.Size
			expect(now.reserved >= 0, e, i)
		case fragcalc.TraceSegmentFree, fragcalc.TraceSegmentUnmap:
			now.reserved += e.Size
		}
	}
	return now
}

// The trace of a program that allocates all the while ends in the very state
// of the walk that comes with it.
func TestARecordedTraceEndsInItsWalk(t *testing.T) {
	for _, c := range []struct {
		name string
		env  []string
	}{
		{"default settings", nil},
		{"expandable segments", []string{"PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True"}},
		{"two devices", []string{"GFT_FAKE_DEVICES=2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, w := newBench(t, c.env...), watcher(t)
			p := b.start(len(c.name))
			p.tell("step 100")
			before := p.truth(0)
			p.send("run 1500")
			got := p.recorded(w, recording, fragcalc.MostRecordedEvents)
			p.answer()
			if got.OwnRing || got.Took < recording || len(got.Devices) != max(1, strings.Count(strings.Join(c.env, ""), "DEVICES=2")*2) {
				t.Errorf("own ring %v, took %s, %d devices", got.OwnRing, got.Took, len(got.Devices))
			}
			for _, d := range got.Devices {
				if len(d.Trace.Events) < 100 || !d.Trace.Cut {
					t.Errorf("device %d: %d events, cut %v", d.Ordinal, len(d.Trace.Events), d.Trace.Cut)
				}
				undo(t, d)
			}
			if on, entries := p.history(); on || entries != 0 {
				t.Errorf("afterwards history is on: %v, with %d entries", on, entries)
			}
			if before.reserved == 0 {
				t.Error("there was nothing to begin with: this test has shown nothing")
			}
		})
	}
}

// A thread that allocates without Python's lock does so between PyTorch's copy
// of the trace and its walk: the two that are delivered are of one moment still.
func TestATraceAndItsWalkAreOfOneMoment(t *testing.T) {
	b, w := newBench(t), watcher(t)
	p := b.start(9)
	p.tell("step 100")
	p.tell("churn 5000000")
	for range 10 {
		got := p.recorded(w, recording/2, 200_000)
		d := got.Devices[0]
		if len(d.Trace.Events) < 1000 {
			t.Errorf("only %d events", len(d.Trace.Events))
		}
		undo(t, d)
		if t.Failed() {
			break
		}
	}
}

// A trace that begins before the first allocation is whole, and says so.
func TestATraceFromTheBeginningIsWhole(t *testing.T) {
	b, w := newBench(t), watcher(t)
	p := b.start(3)
	address := p.tell("alloc 1000")["address"].(float64)
	p.tell(fmt.Sprintf("free %.0f", address))
	p.tell("empty")
	outcome := make(chan agents.RecordOutcome, 1)
	go func() { outcome <- p.record(w, 2*recording, fragcalc.MostRecordedEvents) }()
	p.untilHistoryIs(true)
	p.send("run 2000")
	got := <-outcome
	p.answer()
	if got.Status != fragcalc.RecordDone {
		t.Fatalf("%s: %s", got.Status, got.Reason)
	}
	if d := got.Devices[0]; d.Trace.Cut || len(d.Trace.Events) < 100 {
		t.Errorf("cut %v, %d events", d.Trace.Cut, len(d.Trace.Events))
	} else if first := undo(t, d); len(first.blocks) != 0 || first.reserved != 0 {
		t.Errorf("%d blocks and %d bytes before the first event", len(first.blocks), first.reserved)
	}
	if got = p.recorded(w, 0, fragcalc.MostRecordedEvents); len(got.Devices[0].Trace.Events) > 0 && got.Took > recording {
		t.Errorf("for no time: %d events, took %s", len(got.Devices[0].Trace.Events), got.Took)
	}
}

// A program that records itself keeps its ring: as long as before, with the
// same entries, and on.
func TestTheProgramsOwnRingIsLeftAlone(t *testing.T) {
	b, w := newBench(t), watcher(t)
	p := b.start(4)
	p.tell("history on 5000")
	p.tell("step 1500")
	on, entries := p.history()
	if !on || entries < 1000 {
		t.Fatalf("on %v, %d entries", on, entries)
	}
	got := p.recorded(w, time.Hour, 1000)
	if !got.OwnRing || got.Took != 0 || len(got.Devices[0].Trace.Events) != 1000 || !got.Devices[0].Trace.Cut {
		t.Errorf("own ring %v, took %s, %d events, cut %v", got.OwnRing, got.Took, len(got.Devices[0].Trace.Events), got.Devices[0].Trace.Cut)
	}
	undo(t, got.Devices[0])
	whole := p.recorded(w, 0, fragcalc.MostRecordedEvents).Devices[0]
	if whole.Trace.Cut || len(whole.Trace.Events) < entries {
		t.Errorf("the whole ring: %d events of %d, cut %v", len(whole.Trace.Events), entries, whole.Trace.Cut)
	}
	if still, after := p.history(); !still || after <= entries {
		t.Errorf("afterwards on %v, %d entries; before %d", still, after, entries)
	}
	if answer := p.tell("history frames"); answer["with_frames"].(float64) < 1000 {
		t.Errorf("entries with stacks afterwards: %v", answer)
	}
	p.tell("step 6000") // the ring is as long as it was
	if _, after := p.history(); after != 5000 {
		t.Errorf("a ring of 5000 has %d entries", after)
	}
}
