package page

/*
#include "page.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unsafe"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// The records of a trace as they lie in its memfd.
type (
	traceHeaderRecord = C.struct_gft_trace_header
	traceRecord       = C.struct_gft_trace
	traceDeviceRecord = C.struct_gft_trace_device
	traceEventRecord  = C.struct_gft_trace_event
)

const (
	traceSize       = int(unsafe.Sizeof(traceRecord{}))
	traceDeviceSize = int(unsafe.Sizeof(traceDeviceRecord{}))
	traceEventSize  = int(unsafe.Sizeof(traceEventRecord{}))
)

// TraceName is the memfd name of a trace. TraceHeadSize bytes at its start tell
// whose it is; a whole one has at most MaxTraceSize. MaxTraceEvents is how many
// events it has at most, of all devices together.
const (
	TraceName      = C.GFT_TRACE_NAME
	TraceHeadSize  = C.GFT_TRACE_HEADER_SIZE
	MaxTraceEvents = C.GFT_TRACE_MAX_EVENTS
	MaxTraceSize   = C.GFT_TRACE_WALK_OFFSET + WalkSlotSize + 64 + traceSlotSize
)

// maxEventSize bounds what one event may say that it took or gave back, so that
// the sum over all events of a trace cannot overflow.
const maxEventSize = 1 << 42

// traceSlotSize is how long the slot with the events can be.
const traceSlotSize = SlotHeaderSize + traceSize + MaxDevices*traceDeviceSize + MaxTraceEvents*traceEventSize

// TraceHead is the start of a trace's memfd.
type TraceHead struct {
	PID        uint32 // as in the page
	StartTicks uint64
	RequestID  uint64        // who asked for it
	Size       int64         // of the memfd
	OwnRing    bool          // the program records history itself: this is its ring
	Recorded   time.Duration // how long history was on for it; 0 with OwnRing
	events     int           // where the slot with the events lies
}

// Trace is the history of an allocator, and the walk of the moment at which it
// ends.
type Trace struct {
	TraceHead
	Walk    Walk
	Devices []TraceDevice // as those of the walk
}

// TraceDevice is what happened on one device.
type TraceDevice struct {
	Events []fragcalc.TraceEvent
	Total  uint64 // events there were; more than these when older ones were left out
}

// DecodeTraceHead reads the first TraceHeadSize bytes of a trace. ErrNotReady
// means that it is still being written.
func DecodeTraceHead(b []byte) (TraceHead, error) {
	h, ok := record[traceHeaderRecord](b, 0)
	switch {
	case !ok:
		return TraceHead{}, fmt.Errorf("trace is cut off: %d bytes, its header has %d", len(b), unsafe.Sizeof(h))
	case h.magic == 0:
		return TraceHead{}, ErrNotReady
	case h.magic != C.GFT_TRACE_MAGIC:
		return TraceHead{}, errors.New("not a trace: wrong magic number")
	case h.abi_major != ABIMajor:
		return TraceHead{}, fmt.Errorf("trace: %w %d, this monitor reads version %d", ErrVersion, h.abi_major, ABIMajor)
	case uint64(h.size) > uint64(MaxTraceSize):
		return TraceHead{}, fmt.Errorf("trace says it has %d bytes, at most %d are possible", h.size, int64(MaxTraceSize))
	case h.events_offset%64 != 0 || h.events_offset < C.GFT_TRACE_WALK_OFFSET+C.uint64_t(SlotHeaderSize) || h.events_offset > h.size:
		return TraceHead{}, fmt.Errorf("trace of %d bytes has its events at %d", h.size, h.events_offset)
	}
	return TraceHead{
		PID: uint32(h.pid), StartTicks: uint64(h.start_ticks), RequestID: uint64(h.request_id),
		Size: int64(h.size), OwnRing: h.flags&C.GFT_TRACE_OWN_RING != 0,
		Recorded: duration(uint64(h.recorded_ns)), events: int(h.events_offset),
	}, nil
}

// DecodeTrace reads a whole trace. ErrTorn means that it is damaged, or was
// given up while it was copied; any other error that it contradicts itself.
// DecodeTrace keeps b: blocks and events are seen in place, checked, not copied.
// Never write to it again.
func DecodeTrace(b []byte) (Trace, error) {
	if !isAligned(b) {
		b = slices.Clone(b)
	}
	head, err := DecodeTraceHead(b)
	if err != nil {
		return Trace{}, err
	}
	if int64(len(b)) != head.Size {
		return Trace{}, fmt.Errorf("trace is cut off: %d of %d bytes", len(b), head.Size)
	}
	t := Trace{TraceHead: head}
	if t.Walk, err = DecodeWalk(b[C.GFT_TRACE_WALK_OFFSET:head.events]); err != nil {
		return Trace{}, fmt.Errorf("walk of the trace: %w", err)
	}
	if t.Devices, err = decodeEvents(b[head.events:]); err != nil {
		return Trace{}, err
	}
	if len(t.Devices) != len(t.Walk.Devices) {
		return Trace{}, fmt.Errorf("trace of %d devices with a walk over %d", len(t.Devices), len(t.Walk.Devices))
	}
	return t, nil
}

// decodeEvents reads the slot with the events.
func decodeEvents(b []byte) ([]TraceDevice, error) {
	_, payload, err := openSlot(b, traceSlotSize)
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	t, ok := record[traceRecord](payload, 0)
	if !ok {
		return nil, errors.New("trace is cut off")
	}
	if t.devices > MaxDevices || t.events > MaxTraceEvents {
		return nil, fmt.Errorf("trace of %d devices and %d events, at most %d and %d are possible", t.devices, t.events, MaxDevices, MaxTraceEvents)
	}
	first := traceSize + int(t.devices)*traceDeviceSize
	if first+int(t.events)*traceEventSize != len(payload) {
		return nil, fmt.Errorf("%d events do not fill the %d bytes of the trace", t.events, len(payload))
	}
	events, err := viewEvents(payload[first:], int(t.events))
	if err != nil {
		return nil, err
	}
	devices := make([]TraceDevice, 0, t.devices)
	for i := range int(t.devices) {
		d, _ := record[traceDeviceRecord](payload, traceSize+i*traceDeviceSize)
		if uint64(d.events) > uint64(len(events)) || d.events_total < d.events {
			return nil, fmt.Errorf("device %d has %d of %d events, %d are left", i, d.events, d.events_total, len(events))
		}
		device := TraceDevice{Total: uint64(d.events_total)}
		if d.events > 0 {
			device.Events = events[:d.events:d.events]
		}
		devices = append(devices, device)
		events = events[d.events:]
	}
	if len(events) > 0 {
		return nil, fmt.Errorf("%d events belong to no device", len(events))
	}
	return devices, nil
}

// viewEvents checks count event records at the start of b and sees them as
// events: the layouts are the same, which a test holds.
func viewEvents(b []byte, count int) ([]fragcalc.TraceEvent, error) {
	if count == 0 {
		return nil, nil
	}
	records := unsafe.Slice((*traceEventRecord)(unsafe.Pointer(unsafe.SliceData(b))), count)
	for i := range records {
		r := &records[i]
		switch {
		case r.kind > C.GFT_TRACE_OOM || r.pooled > 1 || r.stack != 0:
			return nil, fmt.Errorf("event %d is of unknown kind: %d, %d, %d", i, r.kind, r.pooled, r.stack)
		case r.size > C.GFT_TRACE_MAX_ASKED || r.size > maxEventSize && r.kind != C.GFT_TRACE_OOM || r.device_free > maxFigure || r.micros > maxFigure:
			return nil, fmt.Errorf("event %d tells of impossible figures: %d, %d, %d", i, r.size, r.device_free, r.micros)
		}
	}
	return unsafe.Slice((*fragcalc.TraceEvent)(unsafe.Pointer(unsafe.SliceData(b))), count), nil
}

// The kinds of page.h and of fragcalc are the same numbers, or this does not
// compile.
var _ = [1]struct{}{}[(C.GFT_TRACE_OTHER^fragcalc.TraceOther)|(C.GFT_TRACE_ALLOC^fragcalc.TraceAlloc)|
	(C.GFT_TRACE_FREE_REQUESTED^fragcalc.TraceFreeRequested)|(C.GFT_TRACE_FREE_COMPLETED^fragcalc.TraceFreeCompleted)|
	(C.GFT_TRACE_SEGMENT_ALLOC^fragcalc.TraceSegmentAlloc)|(C.GFT_TRACE_SEGMENT_FREE^fragcalc.TraceSegmentFree)|
	(C.GFT_TRACE_SEGMENT_MAP^fragcalc.TraceSegmentMap)|(C.GFT_TRACE_SEGMENT_UNMAP^fragcalc.TraceSegmentUnmap)|
	(C.GFT_TRACE_OOM^fragcalc.TraceOOM)]
