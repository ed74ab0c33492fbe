package page

/*
#include "page.h"
*/
import "C"

// EncodeTrace is the writer's side of DecodeTrace: a whole trace. Size is
// computed anew.
func EncodeTrace(t Trace) []byte {
	b := make([]byte, C.GFT_TRACE_WALK_OFFSET)
	b = append(b, EncodeWalk(t.Walk)...)
	for len(b)%64 != 0 {
		b = append(b, 0)
	}
	at := len(b)
	head := traceRecord{devices: C.uint32_t(len(t.Devices))}
	slot := make([]byte, SlotHeaderSize+traceSize)
	for _, device := range t.Devices {
		d := traceDeviceRecord{events: C.uint64_t(len(device.Events)), events_total: C.uint64_t(device.Total)}
		head.events += d.events
		slot = appendRecord(slot, d)
	}
	for _, device := range t.Devices {
		for _, event := range device.Events {
			slot = appendRecord(slot, event)
		}
	}
	put(slot, SlotHeaderSize, head)
	closeSlot(slot, t.Walk.Slot)
	b = append(b, slot...)
	header := traceHeaderRecord{
		magic: C.GFT_TRACE_MAGIC, abi_major: ABIMajor, abi_minor: ABIMinor,
		size: C.uint64_t(len(b)), pid: C.uint32_t(t.PID), start_ticks: C.uint64_t(t.StartTicks),
		request_id: C.uint64_t(t.RequestID), events_offset: C.uint64_t(at), recorded_ns: C.uint64_t(t.Recorded),
	}
	if t.OwnRing {
		header.flags |= C.GFT_TRACE_OWN_RING
	}
	put(b, 0, header)
	return b
}
