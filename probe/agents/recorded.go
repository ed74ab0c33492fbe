package agents

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// fetch finds the trace that a process made for a request, and reads it. The
// agent keeps it until the request is taken back.
func (o opener) fetch(id fragcalc.ProcessID, request uint64) (page.Trace, error) {
	inner, err := o.proc.innerPID(id.PID)
	if err != nil {
		return page.Trace{}, err
	}
	worst := errors.New("it is not to be found")
	for from := 0; ; {
		found, next, err := o.proc.findLinks(id.PID, from)
		if err != nil {
			return page.Trace{}, err
		}
		for _, path := range found.traces {
			trace, err := o.readTrace(path, id, inner, request)
			if err == nil {
				return trace, nil
			}
			if !errors.Is(err, errForeign) {
				worst = err
			}
		}
		if from = next; next == 0 {
			return page.Trace{}, worst
		}
	}
}

// readTrace reads the trace at path; errForeign means that it is for another
// request, or another process's.
func (o opener) readTrace(path string, id fragcalc.ProcessID, inner int, request uint64) (page.Trace, error) {
	file, _, err := o.memfds.open(path, traceLink, os.O_RDONLY, page.TraceHeadSize)
	if err != nil {
		return page.Trace{}, err
	}
	defer file.Close()
	head := make([]byte, page.TraceHeadSize)
	if _, err := file.ReadAt(head, 0); err != nil {
		return page.Trace{}, err
	}
	h, err := page.DecodeTraceHead(head)
	switch {
	case err != nil:
		return page.Trace{}, err
	case h.RequestID != request || int(h.PID) != inner || h.StartTicks != id.StartTicks:
		return page.Trace{}, errForeign
	}
	info, err := file.Stat()
	if err == nil && info.Size() != h.Size {
		err = fmt.Errorf("it says it has %d bytes, and has %d", h.Size, info.Size())
	}
	if err != nil {
		return page.Trace{}, err
	}
	b := make([]byte, h.Size) // at most page.MaxTraceSize
	if _, err := file.ReadAt(b, 0); err != nil {
		return page.Trace{}, err
	}
	trace, err := page.DecodeTrace(b)
	if err == nil && trace.TraceHead != h {
		err = errors.New("it changes while it is read")
	}
	return trace, err
}

// recorded makes the outcome of a trace.
func (a *agent) recorded(trace page.Trace) RecordOutcome {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page != nil {
		// The agent has told its settings anew, as the snapshot had them.
		if _, err := a.readHeader(); err == nil {
			_ = a.retry(a.readCounters)
		}
	}
	out := RecordOutcome{
		Status: fragcalc.RecordDone, OwnRing: trace.OwnRing, Took: trace.Recorded,
		Settings:  a.counters.Settings,
		Framework: fragcalc.Framework{Name: a.counters.Framework, Version: a.counters.FrameworkVersion, Source: "page"},
	}
	walk := measure(trace.Walk, out.Settings)
	if walk.cut != "" {
		return notRecorded(a.id, refused{fragcalc.ReleaseFailed, walk.cut})
	}
	taken := time.Now().Add(-now().Since(walk.takenAt))
	for i := range walk.devices {
		d := &walk.devices[i]
		recorded := Recorded{
			UUID: d.UUID, Ordinal: d.Ordinal, Pools: d.pools, Figures: d.figures, Counters: d.Counters, TakenAt: taken,
			Trace: fragcalc.Trace{Events: trace.Devices[i].Events},
		}
		recorded.Trace.Cut = !fromEmpty(recorded.Trace.Events, d.figures.Reserved)
		out.Devices = append(out.Devices, recorded)
	}
	return out
}

// fromEmpty tells whether the allocator held nothing where a trace begins that
// ends with reserved bytes held: all of them were taken in the trace.
func fromEmpty(events []fragcalc.TraceEvent, reserved fragcalc.Bytes) bool {
	left, known := reserved.Get()
	for i := range events {
		switch e := &events[i]; e.Kind {
		case fragcalc.TraceSegmentAlloc, fragcalc.TraceSegmentMap:
			left -= e.Size
		case fragcalc.TraceSegmentFree, fragcalc.TraceSegmentUnmap:
			left += e.Size
		default:
		}
	}
	return known && left == 0
}
