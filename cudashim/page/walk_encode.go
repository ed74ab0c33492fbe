package page

/*
#include "page.h"
*/
import "C"

import (
	"unsafe"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// EncodeWalk is the writer's side of DecodeWalk: a whole slot, with its length
// and checksum. Blocks is counted anew.
func EncodeWalk(walk Walk) []byte {
	w := walkRecord{
		devices:        C.uint32_t(len(walk.Devices)),
		segments_total: C.uint64_t(walk.SegmentsTotal), blocks_total: C.uint64_t(walk.BlocksTotal),
	}
	if walk.Cut {
		w.flags |= C.GFT_WALK_FLAG_CUT
	}
	b := make([]byte, WalkHeadSize)
	for _, device := range walk.Devices {
		b = appendRecord(b, encodeDevice(device.Device))
	}
	for i, device := range walk.Devices {
		for _, s := range device.Segments {
			w.segments++
			b = appendRecord(b, encodeSegment(s, i))
		}
	}
	for _, device := range walk.Devices {
		for _, s := range device.Segments {
			w.blocks += C.uint64_t(len(s.Blocks))
			for _, block := range s.Blocks {
				b = appendRecord(b, block)
			}
		}
	}
	put(b, SlotHeaderSize, w)
	closeSlot(b, walk.Slot)
	return b
}

func encodeSegment(s fragcalc.WalkSegment, device int) segmentRecord {
	out := segmentRecord{
		address: C.uint64_t(s.Address), size: C.uint64_t(s.Size), stream: C.uint64_t(s.Stream),
		pool:   [2]C.uint64_t{C.uint64_t(s.Private[0]), C.uint64_t(s.Private[1])},
		device: C.uint32_t(device), blocks: C.uint64_t(len(s.Blocks)),
	}
	if s.Small {
		out.flags |= C.GFT_SEGMENT_SMALL
	}
	if s.Expandable {
		out.flags |= C.GFT_SEGMENT_EXPANDABLE
	}
	return out
}

func appendRecord[T any](b []byte, v T) []byte {
	return append(b, unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v))...)
}
