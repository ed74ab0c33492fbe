package page

/*
#include "page.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"time"
)

// ErrTorn means that a slot was being written while it was copied, or is
// damaged: copy it again.
var ErrTorn = errors.New("slot is torn or damaged")

// Slot is the start of every slot.
type Slot struct {
	Seq     uint64 // the flip that published it
	Length  int    // bytes of payload after the slot header, checked against the slot's size
	TakenAt Instant
	Hold    time.Duration // how long the GIL was held for it
}

// DecodeSlot reads a slot's header; size is how long such a slot can be. Where
// the length is wrong, the slot returned has its number only.
func DecodeSlot(b []byte, size int) (Slot, error) {
	h, ok := record[C.struct_gft_slot_header](b, 0)
	if !ok {
		return Slot{}, fmt.Errorf("slot is cut off: %d bytes", len(b))
	}
	if uint64(h.length) > uint64(size-SlotHeaderSize) {
		return Slot{Seq: uint64(h.seq)}, fmt.Errorf("slot says it has %d bytes, %d fit", h.length, size-SlotHeaderSize)
	}
	return Slot{
		Seq: uint64(h.seq), Length: int(h.length),
		TakenAt: Instant(h.taken_ns), Hold: duration(uint64(h.hold_ns)),
	}, nil
}

// openSlot checks a whole slot and returns its header and payload.
func openSlot(b []byte, size int) (Slot, []byte, error) {
	s, err := DecodeSlot(b, size)
	if err != nil {
		return Slot{}, nil, err
	}
	payload := b[SlotHeaderSize:]
	if len(payload) < s.Length {
		return Slot{}, nil, fmt.Errorf("slot is cut off: %d of %d bytes", len(payload), s.Length)
	}
	payload = payload[:s.Length]
	h, _ := record[C.struct_gft_slot_header](b, 0)
	if s.Seq == 0 || uint64(h.checksum) != checksum(payload) {
		return Slot{}, nil, ErrTorn
	}
	return s, payload, nil
}

// closeSlot fills in the header of a slot whose payload is in place.
func closeSlot(b []byte, s Slot) {
	put(b, 0, C.struct_gft_slot_header{
		seq: C.uint64_t(s.Seq), length: C.uint64_t(len(b) - SlotHeaderSize),
		checksum: C.uint64_t(checksum(b[SlotHeaderSize:])),
		taken_ns: C.uint64_t(s.TakenAt), hold_ns: C.uint64_t(s.Hold),
	})
}
