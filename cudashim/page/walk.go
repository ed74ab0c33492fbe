package page

/*
#include "page.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// The records of a walk as they lie in the page.
type (
	walkRecord    = C.struct_gft_walk
	segmentRecord = C.struct_gft_segment
	blockRecord   = C.struct_gft_block
)

const (
	walkSize    = int(unsafe.Sizeof(walkRecord{}))
	segmentSize = int(unsafe.Sizeof(segmentRecord{}))
	blockSize   = int(unsafe.Sizeof(blockRecord{}))
)

// Walk is a walk slot: every segment and block of a process at one moment, and
// the counters read in the same hold.
type Walk struct {
	Slot
	Devices []WalkDevice
	Blocks  int // in all segments
	// Cut tells that the walk did not fit; the totals say what there was.
	Cut           bool
	SegmentsTotal uint64
	BlocksTotal   uint64
}

// WalkDevice is one device of a walk. Its segments' blocks share one array.
type WalkDevice struct {
	Device
	Segments []fragcalc.WalkSegment
}

// walkCounts reads a walk's counts and checks that they explain length, the
// bytes of payload, exactly. So no count can be larger than the bytes present.
func walkCounts(payload []byte, length int) (walkRecord, error) {
	w, ok := record[walkRecord](payload, 0)
	if !ok {
		return w, errors.New("walk is cut off")
	}
	if w.devices > MaxDevices {
		return w, fmt.Errorf("%d devices, at most %d are possible", w.devices, MaxDevices)
	}
	left := uint64(length - walkSize - int(w.devices)*deviceSize)
	if length < walkSize+int(w.devices)*deviceSize ||
		uint64(w.segments) > left/uint64(segmentSize) ||
		uint64(w.blocks) > left/uint64(blockSize) ||
		uint64(w.segments)*uint64(segmentSize)+uint64(w.blocks)*uint64(blockSize) != left {
		return w, fmt.Errorf("%d segments and %d blocks do not fill the %d bytes of the walk", w.segments, w.blocks, length)
	}
	return w, nil
}

// CheckWalkHead checks the first WalkHeadSize bytes of a walk slot and returns
// its header and the number of its blocks, before the rest is read.
func CheckWalkHead(b []byte) (Slot, int, error) {
	slot, err := DecodeSlot(b, WalkSlotSize)
	if err != nil {
		return slot, 0, err
	}
	w, err := walkCounts(b[SlotHeaderSize:], slot.Length)
	return slot, int(w.blocks), err
}

// DecodeWalk reads a walk slot, its header included. ErrTorn asks for another
// copy; any other error means that the walk contradicts itself. DecodeWalk keeps
// b: the blocks are seen in place, checked, not copied. Never write to it again.
func DecodeWalk(b []byte) (Walk, error) {
	if !isAligned(b) {
		b = slices.Clone(b)
	}
	slot, payload, err := openSlot(b, WalkSlotSize)
	if err != nil {
		return Walk{}, err
	}
	w, err := walkCounts(payload, len(payload))
	if err != nil {
		return Walk{}, err
	}
	walk := Walk{
		Slot: slot, Blocks: int(w.blocks), Cut: w.flags&C.GFT_WALK_FLAG_CUT != 0,
		SegmentsTotal: uint64(w.segments_total), BlocksTotal: uint64(w.blocks_total),
	}
	devices, err := decodeDevices(payload, walkSize, int(w.devices))
	if err != nil {
		return Walk{}, err
	}
	for _, device := range devices {
		walk.Devices = append(walk.Devices, WalkDevice{Device: device})
	}
	records := payload[walkSize+len(devices)*deviceSize:]
	segments := unsafe.Slice((*segmentRecord)(unsafe.Pointer(unsafe.SliceData(records))), int(w.segments))
	blocks := viewBlocks(records[len(segments)*segmentSize:], walk.Blocks)
	if err := decodeSegments(walk.Devices, segments, blocks); err != nil {
		return Walk{}, err
	}
	return walk, nil
}

// decodeSegments checks the segments and gives each to its device, with its
// share of the blocks.
func decodeSegments(devices []WalkDevice, segments []segmentRecord, blocks []fragcalc.Block) error {
	var counts [MaxDevices]int
	for i := range segments {
		device := int(segments[i].device)
		if device >= len(devices) {
			return fmt.Errorf("segment %d names device %d of %d", i, device, len(devices))
		}
		counts[device]++
	}
	for i := range devices {
		if counts[i] > 0 {
			devices[i].Segments = make([]fragcalc.WalkSegment, 0, counts[i])
		}
	}
	total := uint64(0)
	for i := range segments {
		s := &segments[i]
		if uint64(s.blocks) > uint64(len(blocks)) {
			return fmt.Errorf("segment %d has %d blocks, %d are left", i, s.blocks, len(blocks))
		}
		own := blocks[:s.blocks:s.blocks]
		blocks = blocks[s.blocks:]
		if total += uint64(s.size); s.size == 0 || s.size > maxFigure || total > maxFigure {
			return fmt.Errorf("segment %d has an impossible size of %d bytes", i, s.size)
		}
		if err := checkBlocks(uint64(s.address), uint64(s.size), own); err != nil {
			return fmt.Errorf("segment %d: %w", i, err)
		}
		device := &devices[s.device]
		device.Segments = append(device.Segments, decodeSegment(s, own))
	}
	if len(blocks) > 0 {
		return fmt.Errorf("%d blocks belong to no segment", len(blocks))
	}
	return nil
}

func decodeSegment(s *segmentRecord, blocks []fragcalc.Block) fragcalc.WalkSegment {
	return fragcalc.WalkSegment{
		PoolID: fragcalc.PoolID{
			Private: [2]uint64{uint64(s.pool[0]), uint64(s.pool[1])},
			Small:   s.flags&C.GFT_SEGMENT_SMALL != 0,
			Stream:  uint64(s.stream),
		},
		Segment: fragcalc.Segment{
			Address: uint64(s.address), Size: int64(s.size),
			Expandable: s.flags&C.GFT_SEGMENT_EXPANDABLE != 0,
			Blocks:     blocks,
		},
	}
}

// The states of page.h and of fragcalc are the same numbers, or this does not
// compile.
var _ = [1]struct{}{}[(C.GFT_BLOCK_FREE^fragcalc.BlockFree)|(C.GFT_BLOCK_USED^fragcalc.BlockUsed)|(C.GFT_BLOCK_PENDING^fragcalc.BlockPending)]

// viewBlocks sees count block records at the start of b as blocks: the layouts
// are the same, which a test holds.
func viewBlocks(b []byte, count int) []fragcalc.Block {
	if count == 0 {
		return nil
	}
	return unsafe.Slice((*fragcalc.Block)(unsafe.Pointer(unsafe.SliceData(b))), count)
}

// isAligned tells whether the records of a slot at b may be seen in place.
func isAligned(b []byte) bool {
	return uintptr(unsafe.Pointer(unsafe.SliceData(b)))%unsafe.Alignof(fragcalc.Block{}) == 0
}

// checkBlocks checks that blocks fill the segment from its address on without
// gaps, each with a size, a known state and no more requested than it has.
// size is at most maxFigure.
func checkBlocks(address, size uint64, blocks []fragcalc.Block) error {
	if address+size < address {
		return errors.New("addresses wrap around")
	}
	at, end := address, address+size
	for i := range blocks {
		b := &blocks[i]
		switch {
		case b.Address != at:
			return fmt.Errorf("block %d begins at %#x, the one before ends at %#x", i, b.Address, at)
		case uint64(b.Size)-1 >= end-at: // 0 and negative sizes, too
			return fmt.Errorf("block %d has %d bytes, %d are left of the segment", i, b.Size, end-at)
		case b.State > fragcalc.BlockPending:
			return fmt.Errorf("block %d has the unknown state %d", i, b.State)
		case uint64(b.Requested) > uint64(b.Size):
			return fmt.Errorf("block %d of %d bytes has %d requested", i, b.Size, b.Requested)
		}
		at += uint64(b.Size)
	}
	if at != end {
		return fmt.Errorf("blocks end %d bytes before the segment does", end-at)
	}
	return nil
}
