package page

/*
#include "page.h"
*/
import "C"

import (
	"cmp"
	"math"
	"slices"
	"time"
	"unsafe"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// EventKind says what an event tells of.
type EventKind uint32

// Values of EventKind.
const (
	EventRelease EventKind = C.GFT_EVENT_RELEASE
	EventRefused EventKind = C.GFT_EVENT_REFUSED
	EventError   EventKind = C.GFT_EVENT_ERROR
	EventRecord  EventKind = C.GFT_EVENT_RECORD
	EventOOM     EventKind = C.GFT_EVENT_OOM
)

// Event is one line of the page's log.
type Event struct {
	Number uint64 // 1 for the first
	At     time.Time
	Kind   EventKind
	Text   string // of EventOOM: the name of its report, or why there is none

	// Of EventOOM.
	Asked      fragcalc.Bytes
	DeviceFree fragcalc.Bytes
	UUID       [16]byte // of the device; zero when not known
	More       int      // other errors that this one stands for
}

// DecodeEvents reads the event ring, EventsSize bytes, oldest first. Events
// that are being written, or make no sense, are left out.
func DecodeEvents(b []byte) []Event {
	var events []Event
	for i := range EventSlots {
		e, ok := record[C.struct_gft_event](b, i*C.GFT_EVENT_STRIDE)
		if !ok || e.number == 0 || (e.number-1)%EventSlots != C.uint64_t(i) || e.at_realtime_ns > math.MaxInt64 {
			continue
		}
		kind := EventKind(e.kind)
		if kind < EventRelease || kind > EventOOM {
			continue
		}
		event := Event{
			Number: uint64(e.number), At: time.Unix(0, int64(e.at_realtime_ns)),
			Kind: kind, Text: clean(e.text[:]),
		}
		if kind == EventOOM {
			event.Asked, event.DeviceFree = told(e.asked_bytes), told(e.device_free_bytes)
			event.UUID, event.More = *(*[16]byte)(unsafe.Pointer(&e.uuid)), int(e.more)
		}
		events = append(events, event)
	}
	slices.SortFunc(events, func(a, b Event) int { return cmp.Compare(a.Number, b.Number) })
	return events
}

// EncodeEvents is the writer's side of DecodeEvents: EventsSize bytes.
func EncodeEvents(events []Event) []byte {
	b := make([]byte, EventsSize)
	for _, event := range events {
		e := C.struct_gft_event{
			number: C.uint64_t(event.Number), kind: C.uint32_t(event.Kind),
			at_realtime_ns: C.uint64_t(event.At.UnixNano()),
		}
		if event.Kind == EventOOM {
			e.more, e.asked_bytes, e.device_free_bytes = C.uint32_t(event.More), raw(event.Asked), raw(event.DeviceFree)
			*(*[16]byte)(unsafe.Pointer(&e.uuid)) = event.UUID
		}
		putString(e.text[:], event.Text)
		put(b, int((event.Number-1)%EventSlots)*C.GFT_EVENT_STRIDE, e)
	}
	return b
}
