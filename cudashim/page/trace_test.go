package page

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// sampleTrace has events of every kind on the first of two devices.
func sampleTrace(blocks int) Trace {
	t := Trace{
		TraceHead: TraceHead{PID: 42, StartTicks: 4711, RequestID: 77, Recorded: time.Second},
		Walk:      sampleWalk(blocks),
		Devices:   []TraceDevice{{Total: 30}, {}},
	}
	for kind := fragcalc.TraceOther; kind <= fragcalc.TraceOOM; kind++ {
		event := fragcalc.TraceEvent{Kind: kind, Size: 512 * int64(kind), Stream: 3, Micros: 1e15 + int64(kind)}
		if kind == fragcalc.TraceOOM {
			event.DeviceFree, event.Size = 99, 1<<50
		} else {
			event.Address = 1<<45 + uint64(kind)
		}
		if kind%2 == 0 {
			event.Pooled, event.Private = true, [2]uint64{5, uint64(kind)}
		}
		t.Devices[0].Events = append(t.Devices[0].Events, event)
	}
	return t
}

func TestATraceIsReadBackAsItWasWritten(t *testing.T) {
	for _, blocks := range []int{0, 1, 1000} {
		want := sampleTrace(blocks)
		b := EncodeTrace(want)
		got, err := DecodeTrace(b)
		if err != nil {
			t.Fatal(err)
		}
		if got.Size != int64(len(b)) || got.events == 0 {
			t.Errorf("%d bytes, events at %d", got.Size, got.events)
		}
		want.Size, want.events = got.Size, got.events
		want.Walk.Length = got.Walk.Length
		equal(t, want.Walk, got.Walk)
		equal(t, want.Devices, got.Devices)
		if got.TraceHead != want.TraceHead {
			t.Errorf("%+v, want %+v", got.TraceHead, want.TraceHead)
		}
	}
}

func TestTracesThatContradictThemselvesAreRefused(t *testing.T) {
	event := func(t *Trace, i int) *fragcalc.TraceEvent { return &t.Devices[0].Events[i] }
	for _, c := range []struct {
		name   string
		damage func(t *Trace)
		want   string
	}{
		{"unknown kind", func(t *Trace) { event(t, 0).Kind = 9 }, "unknown kind"},
		{"a stack without stacks", func(t *Trace) { event(t, 3).Stack = 1 }, "unknown kind"},
		{"negative size", func(t *Trace) { event(t, 1).Size = -1 }, "impossible"},
		{"giant size", func(t *Trace) { event(t, 1).Size = 1 << 43 }, "impossible"},
		{"giant request", func(t *Trace) { event(t, 8).Size = 1 << 57 }, "impossible"},
		{"negative free memory", func(t *Trace) { event(t, 8).DeviceFree = -1 }, "impossible"},
		{"negative time", func(t *Trace) { event(t, 1).Micros = -1 }, "impossible"},
		{"fewer events than there were", func(t *Trace) { t.Devices[0].Total = 3 }, "has 9 of 3"},
		{"another number of devices", func(t *Trace) { t.Devices = t.Devices[:1] }, "walk over 2"},
		{"a walk that contradicts itself", func(t *Trace) { t.Walk.Devices[0].Segments[0].Size += 512 }, "walk of the trace"},
	} {
		trace := sampleTrace(200)
		c.damage(&trace)
		if _, err := DecodeTrace(EncodeTrace(trace)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestTraceCountsBeyondTheBytesAreRefused sets each count of a trace to values
// that its bytes do not explain, checksum made right again.
func TestTraceCountsBeyondTheBytesAreRefused(t *testing.T) {
	whole := EncodeTrace(sampleTrace(10))
	head, err := DecodeTraceHead(whole)
	if err != nil {
		t.Fatal(err)
	}
	slot := head.events + SlotHeaderSize
	counts := map[string]struct{ at, size int }{
		"devices":            {slot + int(unsafe.Offsetof(traceRecord{}.devices)), 4},
		"events":             {slot + int(unsafe.Offsetof(traceRecord{}.events)), 8},
		"events of device 0": {slot + traceSize + int(unsafe.Offsetof(traceDeviceRecord{}.events)), 8},
		"events of device 1": {slot + traceSize + traceDeviceSize + int(unsafe.Offsetof(traceDeviceRecord{}.events)), 8},
	}
	for name, count := range counts {
		for _, value := range []uint64{1, 3, 33, 1 << 20, 1 << 31, 1<<58 + 9, math.MaxUint64} {
			b := slices.Clone(whole)
			for i := range count.size {
				b[count.at+i] = byte(value >> (8 * i))
			}
			closeSlot(b[head.events:], Slot{Seq: 1})
			if _, err := DecodeTrace(b); err == nil {
				t.Errorf("%s = %d was taken", name, value)
			}
		}
	}
}

func TestTraceHeadsThatAreNone(t *testing.T) {
	for want, damage := range map[string]func(b []byte) []byte{
		"cut off":    func(b []byte) []byte { return b[:len(b)-1] },
		"magic":      func(b []byte) []byte { b[0]++; return b },
		"version":    func(b []byte) []byte { b[8]++; return b },
		"at most":    func(b []byte) []byte { b[16+4] = 1; return b },
		"events at":  func(b []byte) []byte { b[unsafe.Offsetof(traceHeaderRecord{}.events_offset)]++; return b },
		"events at ": func(b []byte) []byte { b[unsafe.Offsetof(traceHeaderRecord{}.events_offset)+7]++; return b },
	} {
		if _, err := DecodeTrace(damage(EncodeTrace(sampleTrace(10)))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	b := EncodeTrace(sampleTrace(10))
	if _, err := DecodeTraceHead(make([]byte, len(b))); !errors.Is(err, ErrNotReady) {
		t.Errorf("not written yet: %v", err)
	}
	for _, at := range []int{TraceHeadSize + SlotHeaderSize + 3, len(b) - 1} {
		torn := slices.Clone(b)
		torn[at] ^= 1
		if _, err := DecodeTrace(torn); !errors.Is(err, ErrTorn) {
			t.Errorf("byte %d flipped: %v", at, err)
		}
	}
}

func TestTheLayoutOfEventsIsWhatGoAssumes(t *testing.T) {
	var e fragcalc.TraceEvent
	var r traceEventRecord
	if unsafe.Sizeof(e) != unsafe.Sizeof(r) {
		t.Errorf("fragcalc.TraceEvent has %d bytes, gft_trace_event %d", unsafe.Sizeof(e), unsafe.Sizeof(r))
	}
	for _, c := range []struct {
		name   string
		c, go_ uintptr
	}{
		{"kind", unsafe.Offsetof(r.kind), unsafe.Offsetof(e.Kind)},
		{"pooled", unsafe.Offsetof(r.pooled), unsafe.Offsetof(e.Pooled)},
		{"stack", unsafe.Offsetof(r.stack), unsafe.Offsetof(e.Stack)},
		{"address", unsafe.Offsetof(r.address), unsafe.Offsetof(e.Address)},
		{"size", unsafe.Offsetof(r.size), unsafe.Offsetof(e.Size)},
		{"stream", unsafe.Offsetof(r.stream), unsafe.Offsetof(e.Stream)},
		{"device_free", unsafe.Offsetof(r.device_free), unsafe.Offsetof(e.DeviceFree)},
		{"micros", unsafe.Offsetof(r.micros), unsafe.Offsetof(e.Micros)},
		{"pool", unsafe.Offsetof(r.pool), unsafe.Offsetof(e.Private)},
	} {
		if c.c != c.go_ {
			t.Errorf("gft_trace_event.%s lies at %d, in fragcalc.TraceEvent at %d", c.name, c.c, c.go_)
		}
	}
}

// FuzzTrace decodes hostile bytes as a trace, as they are and with checksums
// made right. Whatever is taken keeps what the decoder promises.
func FuzzTrace(f *testing.F) {
	f.Add(EncodeTrace(sampleTrace(40)))
	f.Add(EncodeTrace(sampleTrace(0)))
	f.Add(EncodeTrace(Trace{Walk: Walk{Slot: Slot{Seq: 1}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		repaired := append([]byte(nil), b...)
		if head, err := DecodeTraceHead(repaired); err == nil && head.events <= len(repaired) {
			repair(repaired[TraceHeadSize:head.events])
			repair(repaired[head.events:])
		}
		for _, trace := range [][]byte{b, repaired} {
			got, err := DecodeTrace(trace)
			if err != nil {
				continue
			}
			checkWalk(t, got.Walk, len(trace))
			events := 0
			for _, device := range got.Devices {
				events += len(device.Events)
				for _, e := range device.Events {
					if e.Kind > fragcalc.TraceOOM || e.Size < 0 || e.DeviceFree < 0 || e.Micros < 0 || e.Stack != 0 {
						t.Fatalf("event %+v", e)
					}
				}
			}
			if len(got.Devices) != len(got.Walk.Devices) || events*traceEventSize > len(trace) {
				t.Fatalf("%d devices and %d events out of %d bytes", len(got.Devices), events, len(trace))
			}
		}
	})
}
