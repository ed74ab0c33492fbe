// Package page is the layout of the memfds that an instrumented process
// publishes: the page (figures and block maps out), the command page (requests
// in) and, while one is being delivered, a trace. page.h, which the shim is compiled with, is the one definition;
// this package reads and writes it through cgo, so that offsets cannot drift.
//
// Decoders take a private copy of the page, never shared memory: the writer may
// be hostile. Every count and offset is checked against the bytes present before
// it is used, and nothing is allocated from a size that was not checked. Strings
// lose their control characters.
package page

/*
#include "page.h"
*/
import "C"

import (
	"time"
	"unsafe"
)

// Names, versions and sizes of the two memfds.
const (
	PageName = C.GFT_PAGE_NAME // memfd name of the page
	CmdName  = C.GFT_CMD_NAME  // memfd name of the command page
	ABIMajor = C.GFT_ABI_MAJOR // pages of another major version cannot be read
	ABIMinor = C.GFT_ABI_MINOR

	PageSize   = C.GFT_PAGE_SIZE
	CmdSize    = C.GFT_CMD_SIZE
	HeaderSize = C.GFT_HEADER_SIZE
	MaxDevices = C.GFT_MAX_DEVICES
	CmdSlots   = C.GFT_CMD_SLOTS
	EventSlots = C.GFT_EVENT_SLOTS
)

// Sizes of the records, in bytes.
const (
	SlotHeaderSize = int(unsafe.Sizeof(C.struct_gft_slot_header{}))
	AnswerSize     = int(unsafe.Sizeof(C.struct_gft_answer{}))
	EventsSize     = C.GFT_EVENT_SLOTS * C.GFT_EVENT_STRIDE
	// WalkHeadSize is the start of a walk slot, enough for WalkLength.
	WalkHeadSize = SlotHeaderSize + int(unsafe.Sizeof(C.struct_gft_walk{}))
	// CountersSlotSize and WalkSlotSize are the most a slot takes.
	CountersSlotSize = SlotHeaderSize + factsSize + MaxDevices*deviceSize
	WalkSlotSize     = C.GFT_WALK_STRIDE
)

// EventsOffset is where the event ring starts in the page.
const EventsOffset = C.GFT_EVENTS_OFFSET

// CountersOffset is where the counters slot with this sequence number lies.
func CountersOffset(seq uint64) int64 {
	return C.GFT_COUNTERS_OFFSET + int64(seq&1)*C.GFT_COUNTERS_STRIDE
}

// WalkOffset is where the walk slot with this sequence number lies.
func WalkOffset(seq uint64) int64 {
	return C.GFT_WALK_OFFSET + int64(seq&1)*C.GFT_WALK_STRIDE
}

// AnswerOffset is where the answer to the command slot of this index lies.
func AnswerOffset(slot int) int64 {
	return C.GFT_ANSWERS_OFFSET + int64(slot)*C.GFT_ANSWER_STRIDE
}

// Instant is a moment in nanoseconds of CLOCK_MONOTONIC; 0 is never.
type Instant uint64

// Since is the time from earlier to i; 0 when earlier lies after i, as only a
// broken or hostile writer would say.
func (i Instant) Since(earlier Instant) time.Duration {
	if earlier >= i {
		return 0
	}
	return duration(uint64(i - earlier))
}

// Add is the moment d after i; d is not negative.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d) }

// duration converts nanoseconds that a stranger wrote.
func duration(ns uint64) time.Duration {
	const most = 1<<63 - 1
	return time.Duration(min(ns, most))
}

// checksum is the C function of page.h over all of b.
func checksum(b []byte) uint64 {
	return uint64(C.gft_checksum(unsafe.Pointer(unsafe.SliceData(b)), C.uint64_t(len(b))))
}

// record copies the T at offset at out of b; false when b ends before it does.
// T is a type of page.h, which has neither pointers nor invalid values.
func record[T any](b []byte, at int) (T, bool) {
	var out T
	size := int(unsafe.Sizeof(out))
	if at < 0 || at > len(b)-size {
		return out, false
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&out)), size), b[at:])
	return out, true
}

// put copies v to offset at of b, which is long enough.
func put[T any](b []byte, at int, v T) {
	size := int(unsafe.Sizeof(v))
	copy(b[at:at+size], unsafe.Slice((*byte)(unsafe.Pointer(&v)), size))
}
