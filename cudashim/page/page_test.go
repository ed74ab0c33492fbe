package page

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

var unexported = cmp.AllowUnexported(fragcalc.Bytes{}, fragcalc.Known[time.Duration]{}, fragcalc.Known[uint64]{})

// equal compares what was written with what was read. A slot's length is known
// to the reader only.
func equal(t *testing.T, want, got any) {
	t.Helper()
	length := cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Slot.Length" }, cmp.Ignore())
	if diff := cmp.Diff(want, got, unexported, length); diff != "" {
		t.Error("written and read (-, +):\n" + diff)
	}
}

func TestEverythingWrittenIsReadBack(t *testing.T) {
	header, err := DecodeHeader(EncodeHeader(sampleHeader()))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, sampleHeader(), header)

	counters, err := DecodeCounters(EncodeCounters(sampleCounters()))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, sampleCounters(), counters)

	for _, blocks := range []int{0, 1, 1000} {
		walk, err := DecodeWalk(EncodeWalk(sampleWalk(blocks)))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, sampleWalk(blocks), walk)
	}

	answer := Answer{
		RequestID: 77, Status: AnswerDone, Took: time.Second, Hold: time.Millisecond, WalkSeq: 3, Text: "ok",
		Devices: []AnswerDevice{{UUID: [16]byte{1}, Before: 10, After: 3}, {UUID: [16]byte{2}, Before: 5, After: 5}},
		Own:     &fragcalc.OwnRelease{Name: "kv cache", Back: fragcalc.Of[int64](9), Took: time.Millisecond},
	}
	read, err := DecodeAnswer(EncodeAnswer(answer), 77)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, answer, read)

	events := []Event{
		{Number: 64, At: time.Unix(1, 2), Kind: EventRelease, Text: "a"},
		{Number: 65, At: time.Unix(3, 4), Kind: EventError, Text: "b"},
	}
	equal(t, events, DecodeEvents(EncodeEvents(events)))
}

func TestStringsOfThePageLoseControlCharacters(t *testing.T) {
	h := sampleHeader()
	h.LastError = "a\x1b]0;title\x07\u202eb\xff"
	c := sampleCounters()
	c.Framework, c.Job = "py\x1b[2Jtorch", []string{"RANK=\x9b1", "\x00"}
	header, err := DecodeHeader(EncodeHeader(h))
	if err != nil || header.LastError != "a]0;titleb" {
		t.Errorf("last error %q, %v", header.LastError, err)
	}
	counters, err := DecodeCounters(EncodeCounters(c))
	if err != nil || counters.Framework != "py[2Jtorch" || !slices.Equal(counters.Job, []string{"RANK=1"}) {
		t.Errorf("framework %q, job %q, %v", counters.Framework, counters.Job, err)
	}
	unterminated := EncodeHeader(h)
	lastError := unterminated[unsafe.Offsetof(headerRecord{}.last_error):][:256]
	copy(lastError, strings.Repeat("x", len(lastError)))
	if header, err = DecodeHeader(unterminated); err != nil || header.LastError != strings.Repeat("x", 256) {
		t.Errorf("unterminated: %q, %v", header.LastError, err)
	}
}

func TestHeadersThatAreNone(t *testing.T) {
	cases := map[string]func(b []byte) []byte{
		"cut off":  func(b []byte) []byte { return b[:100] },
		"magic":    func(b []byte) []byte { b[0]++; return b },
		"version":  func(b []byte) []byte { b[8]++; return b },
		"has 4096": func(b []byte) []byte { copy(b[16:], []byte{0, 16, 0, 0, 0, 0, 0, 0}); return b },
	}
	for want, damage := range cases {
		if _, err := DecodeHeader(damage(EncodeHeader(sampleHeader()))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := DecodeHeader(make([]byte, HeaderSize)); !errors.Is(err, ErrNotReady) {
		t.Errorf("all zero: %v", err)
	}
}

// A page of another major version is refused with both versions; one of a
// later minor version, which has appended fields, is read.
func TestVersionSkew(t *testing.T) {
	for _, major := range []byte{0, 2, 255} {
		b := EncodeHeader(sampleHeader())
		b[8] = major
		if _, err := DecodeHeader(b); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), fmt.Sprintf("version %d, this monitor reads version %d", major, ABIMajor)) {
			t.Errorf("major version %d: %v", major, err)
		}
	}
	b := EncodeHeader(sampleHeader())
	b[12] += 7 // the minor version
	for i := len(b) - 512; i < len(b); i++ {
		b[i] = 0xa5
	}
	if h, err := DecodeHeader(b); err != nil || h.PID != sampleHeader().PID || h.LastError != sampleHeader().LastError {
		t.Errorf("a later minor version: %+v, %v", h, err)
	}
}

func TestWalksThatContradictThemselvesAreRefused(t *testing.T) {
	first := func(w *Walk) *fragcalc.WalkSegment { return &w.Devices[0].Segments[0] }
	cases := []struct {
		name   string
		damage func(w *Walk)
		want   string
	}{
		{"gap", func(w *Walk) { first(w).Blocks[1].Address += 512 }, "begins at"},
		{"overlap", func(w *Walk) { first(w).Blocks[1].Address -= 512 }, "begins at"},
		{"first block elsewhere", func(w *Walk) { first(w).Address += 512 }, "begins at"},
		{"empty block", func(w *Walk) { first(w).Blocks[0].Size = 0 }, "has 0 bytes"},
		{"negative size", func(w *Walk) { first(w).Blocks[0].Size = -512 }, "bytes"},
		{"giant block", func(w *Walk) { first(w).Blocks[0].Size = math.MaxInt64 }, "bytes"},
		{"unknown state", func(w *Walk) { first(w).Blocks[0].State = 3 }, "unknown state"},
		{"more requested", func(w *Walk) { first(w).Blocks[0].Requested = first(w).Blocks[0].Size + 1 }, "requested"},
		{"negative requested", func(w *Walk) { first(w).Blocks[0].Requested = -1 }, "requested"},
		{"short", func(w *Walk) { first(w).Size += 512 }, "before the segment"},
		{"long", func(w *Walk) { first(w).Size -= 512 }, "are left"},
		{"no blocks", func(w *Walk) { first(w).Blocks = nil }, "before the segment"},
		{"empty segment", func(w *Walk) { first(w).Size, first(w).Blocks = 0, nil }, "impossible size"},
		{"giant segment", func(w *Walk) { first(w).Size = 1 << 57 }, "impossible size"},
		{"wrap", func(w *Walk) { first(w).Address = math.MaxUint64 - 100 }, "wrap"},
		{"impossible counter", func(w *Walk) { w.Devices[0].Counters.Reserved = fragcalc.Of[int64](1 << 60) }, "impossible figure"},
	}
	for _, c := range cases {
		walk := sampleWalk(200)
		c.damage(&walk)
		if _, err := DecodeWalk(EncodeWalk(walk)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestSegmentSizesThatOverflowTogetherAreRefused(t *testing.T) {
	huge := fragcalc.WalkSegment{Segment: fragcalc.Segment{Size: 1 << 56, Blocks: []fragcalc.Block{{Size: 1 << 56}}}}
	walk := Walk{Slot: Slot{Seq: 1}, Devices: []WalkDevice{{Device: sampleDevice(0)}}}
	walk.Devices[0].Segments = slices.Repeat([]fragcalc.WalkSegment{huge}, 200)
	if _, err := DecodeWalk(EncodeWalk(walk)); err == nil || !strings.Contains(err.Error(), "impossible size") {
		t.Error(err)
	}
}

// TestCountsBeyondTheBytesAreRefused sets each count of a walk to values that
// its bytes do not explain, checksum made right again.
func TestCountsBeyondTheBytesAreRefused(t *testing.T) {
	counts := map[string]struct{ at, size int }{
		"devices":             {SlotHeaderSize + int(unsafe.Offsetof(walkRecord{}.devices)), 4},
		"segments":            {SlotHeaderSize + int(unsafe.Offsetof(walkRecord{}.segments)), 8},
		"blocks":              {SlotHeaderSize + int(unsafe.Offsetof(walkRecord{}.blocks)), 8},
		"blocks of segment 0": {WalkHeadSize + 2*deviceSize + int(unsafe.Offsetof(segmentRecord{}.blocks)), 8},
		"device of segment 0": {WalkHeadSize + 2*deviceSize + int(unsafe.Offsetof(segmentRecord{}.device)), 4},
	}
	for name, count := range counts {
		for _, value := range []uint64{0, 2, 33, 1 << 20, 1 << 31, 1<<59 + 7, math.MaxUint64} {
			b := EncodeWalk(sampleWalk(200))
			for i := range count.size {
				b[count.at+i] = byte(value >> (8 * i))
			}
			slot, err := DecodeSlot(b, WalkSlotSize)
			if err != nil {
				t.Fatal(err)
			}
			closeSlot(b, slot)
			if name == "devices" && value == 2 || name == "device of segment 0" && value == 0 {
				continue // what it was
			}
			if _, err := DecodeWalk(b); err == nil {
				t.Errorf("%s = %d was taken", name, value)
			}
		}
	}
}

func TestAWalkIsTornUntilItsChecksumFits(t *testing.T) {
	whole := EncodeWalk(sampleWalk(100))
	for _, at := range []int{SlotHeaderSize, len(whole) / 2, len(whole) - 1} {
		b := slices.Clone(whole)
		b[at] ^= 1
		if _, err := DecodeWalk(b); !errors.Is(err, ErrTorn) {
			t.Errorf("byte %d flipped: %v", at, err)
		}
	}
	for _, length := range []int{0, 10, SlotHeaderSize, WalkHeadSize, len(whole) - 1} {
		if _, err := DecodeWalk(whole[:length]); err == nil {
			t.Errorf("%d of %d bytes were taken", length, len(whole))
		}
	}
	if _, err := DecodeWalk(make([]byte, 4096)); !errors.Is(err, ErrTorn) {
		t.Errorf("an unwritten slot: %v", err)
	}
}

func TestAnAnswerIsNoneUntilItIsWhole(t *testing.T) {
	b := EncodeAnswer(Answer{RequestID: 5, Status: AnswerDone})
	if _, err := DecodeAnswer(b, 6); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("another request's answer: %v", err)
	}
	b[unsafe.Offsetof(answerRecord{}.request_id_end)]++
	if _, err := DecodeAnswer(b, 5); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("half an answer: %v", err)
	}
	if _, err := DecodeAnswer(make([]byte, AnswerSize), 0); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("request 0: %v", err)
	}
	b = EncodeAnswer(Answer{RequestID: 5, Devices: []AnswerDevice{{Before: -1}}})
	if _, err := DecodeAnswer(b, 5); err == nil || !strings.Contains(err.Error(), "impossible") {
		t.Errorf("impossible sizes: %v", err)
	}
}

func TestTheLayoutIsWhatGoAssumes(t *testing.T) {
	var b fragcalc.Block
	if unsafe.Sizeof(b) != uintptr(blockSize) {
		t.Errorf("fragcalc.Block has %d bytes, gft_block %d", unsafe.Sizeof(b), blockSize)
	}
	for _, c := range []struct {
		name   string
		c, go_ uintptr
	}{
		{"address", unsafe.Offsetof(blockRecord{}.address), unsafe.Offsetof(b.Address)},
		{"size", unsafe.Offsetof(blockRecord{}.size), unsafe.Offsetof(b.Size)},
		{"requested", unsafe.Offsetof(blockRecord{}.requested), unsafe.Offsetof(b.Requested)},
		{"state", unsafe.Offsetof(blockRecord{}.state), unsafe.Offsetof(b.State)},
		{"stack", unsafe.Offsetof(blockRecord{}.stack), unsafe.Offsetof(b.Stack)},
	} {
		if c.c != c.go_ {
			t.Errorf("gft_block.%s lies at %d, in fragcalc.Block at %d", c.name, c.c, c.go_)
		}
	}
	if CountersOffset(1)+int64(CountersSlotSize) > WalkOffset(0) || WalkOffset(1)+WalkSlotSize != PageSize || EventsOffset+EventsSize > CountersOffset(0) || AnswerOffset(CmdSlots-1)+int64(AnswerSize) > EventsOffset {
		t.Error("the page's parts overlap")
	}
}

func TestInstantsNeverGoBackwards(t *testing.T) {
	if got := Instant(5).Since(7); got != 0 {
		t.Error(got)
	}
	if got := Instant(math.MaxUint64).Since(0); got != math.MaxInt64 {
		t.Error(got)
	}
	if got := Instant(7).Since(5); got != 2 {
		t.Error(got)
	}
}
