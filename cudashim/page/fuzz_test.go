package page

import (
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// FuzzPage decodes the same hostile bytes as every part of a page. Whatever is
// taken keeps what the decoders promise.
// Case 19.
func FuzzPage(f *testing.F) {
	f.Add(EncodeHeader(sampleHeader()))
	f.Add(EncodeCounters(sampleCounters()))
	f.Add(EncodeWalk(sampleWalk(40)))
	f.Add(EncodeWalk(sampleWalk(1)))
	f.Add(EncodeAnswer(Answer{RequestID: 1, Status: AnswerDone, Devices: []AnswerDevice{{Before: 5, After: 3}}}))
	f.Add(EncodeEvents([]Event{{Number: 65, At: time.Unix(1, 0), Kind: EventRelease, Text: "released"}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := DecodeHeader(b); err == nil && len(b) < 300 {
			t.Errorf("a header out of %d bytes", len(b))
		}
		for _, event := range DecodeEvents(b) {
			if event.Number == 0 {
				t.Error("event without a number")
			}
		}
		if id, ok := record[uint64](b, 0); ok {
			if answer, err := DecodeAnswer(b, id); err == nil && len(answer.Devices) > MaxDevices {
				t.Error(len(answer.Devices), "devices")
			}
		}
		repaired := append([]byte(nil), b...)
		repair(repaired)
		for _, slot := range [][]byte{b, repaired} {
			if counters, err := DecodeCounters(slot); err == nil && len(counters.Devices) > MaxDevices {
				t.Error(len(counters.Devices), "devices")
			}
			if walk, err := DecodeWalk(slot); err == nil {
				checkWalk(t, walk, len(slot))
			}
		}
	})
}

// repair makes length and checksum right, so that mutations reach the checks
// behind them.
func repair(b []byte) {
	if len(b) >= SlotHeaderSize {
		closeSlot(b, Slot{Seq: 1})
	}
}

func checkWalk(t *testing.T, walk Walk, size int) {
	blocks, total := 0, int64(0)
	for _, device := range walk.Devices {
		for _, s := range device.Segments {
			at := s.Address
			for _, b := range s.Blocks {
				if b.Address != at || b.Size <= 0 || b.Requested < 0 || b.Requested > b.Size || b.State > fragcalc.BlockPending {
					t.Fatalf("block %+v at %#x", b, at)
				}
				at += uint64(b.Size)
			}
			if at-s.Address != uint64(s.Size) {
				t.Fatalf("blocks of %d bytes in a segment of %d", at-s.Address, s.Size)
			}
			blocks += len(s.Blocks)
			total += s.Size
		}
	}
	if blocks != walk.Blocks || blocks*blockSize > size || total < 0 {
		t.Fatalf("%d blocks, %d bytes of memory out of %d bytes", blocks, total, size)
	}
}
