package page

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func sampleReport(blocks int) Report {
	walk := sampleWalk(blocks)
	return Report{
		PID: 42, UID: 1000, StartTicks: 4711, PIDNamespace: 4026531836, At: time.Unix(1_700_000_000, 5),
		Asked: fragcalc.Of[int64](1 << 30), DeviceFree: fragcalc.Of[int64](7), DeviceTotal: fragcalc.Of[int64](80 << 30), Allowed: fragcalc.Of[int64](40 << 30),
		Stream: fragcalc.Of[uint64](99), More: 3, UUID: [16]byte{1, 2}, Ordinal: 1, Observer: true, OtherThread: true, NoWalk: WalkOK,
		Host: "node17", Command: "python train.py", SourceHash: "0123abcd",
		Counters: sampleCounters(), Walk: &walk, Stack: []string{"train.py:7 grow", "train.py:9 <module>"},
	}
}

func TestAReportIsReadBackAsItWasWritten(t *testing.T) {
	for _, blocks := range []int{0, 1, 1000} {
		want := sampleReport(blocks)
		b := EncodeReport(want)
		if !IsReport(b) || IsReport(b[1:]) {
			t.Error("it is not recognised")
		}
		got, err := DecodeReport(b)
		if err != nil {
			t.Fatal(err)
		}
		want.Counters.Length, want.Walk.Length = got.Counters.Length, got.Walk.Length
		equal(t, want, got)
	}
	call := Report{At: time.Unix(1, 0), Asked: fragcalc.Unknown[int64]("not told"), DeviceFree: fragcalc.Unknown[int64]("not told"),
		DeviceTotal: fragcalc.Unknown[int64]("not told"), Allowed: fragcalc.Unknown[int64]("no cap known"), Stream: fragcalc.Unknown[uint64]("not told"),
		Ordinal: -1, NoWalk: WalkNoFramework, Call: "cudaMalloc", Counters: Counters{Slot: Slot{Seq: 1}, Settings: fragcalc.AllocatorSettings{Source: "page"}, Devices: []Device{}}}
	got, err := DecodeReport(EncodeReport(call))
	if err != nil {
		t.Fatal(err)
	}
	call.Counters.Length = got.Counters.Length
	equal(t, call, got)
}

func TestReportsThatContradictThemselvesAreRefused(t *testing.T) {
	good := EncodeReport(sampleReport(20))
	set := func(offset int, value uint64) func([]byte) {
		return func(b []byte) { binary.NativeEndian.PutUint64(b[offset:], value) }
	}
	parts := 8 + 8 + 8 + 8 + 8 + 8 + 6*8 + 8 + 16 + 4 + 4 + 4 + 4 // where the parts begin, see struct gft_report_header
	for name, damage := range map[string]func([]byte){
		"magic":                        set(0, 5),
		"major version":                func(b []byte) { b[8]++ },
		"size":                         set(16, 1<<40),
		"time":                         set(48, 1<<63),
		"counters beyond the end":      set(parts, 1<<30),
		"counters of a wrapped length": set(parts+8, 1<<64-64),
		"walk in the header":           set(parts+16, 0),
		"walk not aligned":             set(parts+16, 4096+1),
		"walk cut off":                 set(parts+24, 100),
		"stack of a wrapped length":    set(parts+40, 1<<64-1),
	} {
		b := append([]byte(nil), good...)
		damage(b)
		if _, err := DecodeReport(b); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
	for length := range good {
		if _, err := DecodeReport(good[:length]); err == nil {
			t.Errorf("%d of %d bytes are taken", length, len(good))
		}
	}
}

func TestWhatAReportSaysIsCleaned(t *testing.T) {
	r := sampleReport(1)
	r.Host, r.Command, r.Stack = "a\x1b[31m", "b\u202e", []string{"c\x07:1 f", "d:2 g"}
	got, err := DecodeReport(EncodeReport(r))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range append(got.Stack, got.Host, got.Command) {
		for _, c := range text {
			if c < ' ' || c == '\u202e' {
				t.Errorf("%q", text)
			}
		}
	}
	if len(got.Stack) != 2 {
		t.Errorf("stack %q", got.Stack)
	}
}

// FuzzReport reads hostile reports. Whatever is taken has walks that keep what
// the decoder promises.
func FuzzReport(f *testing.F) {
	f.Add(EncodeReport(sampleReport(40)))
	f.Add(EncodeReport(sampleReport(0)))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeReport(b)
		if err != nil {
			return
		}
		if len(r.Stack) > longestStack || len(r.Counters.Devices) > MaxDevices || r.Asked.Or(0) < 0 {
			t.Errorf("%+v", r)
		}
		if r.Walk != nil {
			checkWalk(t, *r.Walk, len(b))
		}
	})
}
