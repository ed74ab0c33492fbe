package document

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// report is a node that was read from a report, with something under every key
// or with nothing.
func report(known bool) *fragcalc.Snapshot {
	s := node(measured())
	no := fragcalc.Unknown[int64]("not told")
	oom := &fragcalc.OOM{Asked: no, DeviceFree: no}
	s.Report = &fragcalc.OOMReport{At: time.Unix(5, 0), Asked: no, DeviceFree: no, DeviceTotal: no, Allowed: no, Stream: fragcalc.Unknown[uint64]("not told"), Verdict: "unclear"}
	if known {
		oom = &fragcalc.OOM{Asked: fragcalc.Of[int64](5), DeviceFree: fragcalc.Of[int64](0), Verdict: "other_pool", Report: "oom-1-2.report"}
		size := fragcalc.Of[int64](7)
		*s.Report = fragcalc.OOMReport{At: time.Unix(5, 0), Asked: size, DeviceFree: size, DeviceTotal: size, Allowed: size, Stream: fragcalc.Of[uint64](9), Call: "cudaMalloc",
			Stack: []string{"train.py:7 grow"}, OtherThread: true, NoMap: "no", Verdict: "stranded", Lines: []string{"a"}, Next: []string{"b"}}
	}
	s.Events = []fragcalc.Event{{At: time.Unix(5, 0).UTC(), Scope: fragcalc.ScopeProcess, GPUUUID: uuid, PID: 42, Kind: "oom", Text: "out of memory", OOM: oom}}
	return s
}

func TestReportsFitTheSchema(t *testing.T) {
	one, list := compiled(t, Schema()), compiled(t, ReportsSchema())
	var entries []fragcalc.ReportEntry
	for _, known := range []bool{true, false} {
		s := report(known)
		if err := one.Validate(decoded(t, encode(t, s, Options{Detail: true}))); err != nil {
			t.Error(err)
		}
		entries = append(entries, fragcalc.ReportEntry{Name: "oom-1-2.report", Path: "/r/oom-1-2.report", Snapshot: s})
	}
	entries = append(entries, fragcalc.ReportEntry{Name: "x", Path: "/r/x", Reason: "is a link"})
	for _, rows := range [][]fragcalc.ReportEntry{entries, nil} {
		var out bytes.Buffer
		if err := EncodeReports(&out, "/r", rows, true); err != nil {
			t.Fatal(err)
		}
		if err := list.Validate(decoded(t, out.Bytes())); err != nil {
			t.Error(err)
		}
	}
}

func TestOutOfMemoryEventsAreReadBack(t *testing.T) {
	for _, known := range []bool{true, false} {
		want := report(known)
		want.Report = nil // not kept in a recording
		got, err := Decode(encode(t, want, Options{}), -1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Events, got.Events, cmp.AllowUnexported(fragcalc.Bytes{})); diff != "" {
			t.Error(diff)
		}
	}
}
