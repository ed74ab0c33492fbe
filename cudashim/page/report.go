package page

/*
#include "report.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

type (
	reportRecord = C.struct_gft_report_header
	reportPart   = C.struct_gft_report_part
)

// MaxReportSize is the most a report file has, in bytes. ReportMagicSize bytes
// at its start tell what it is. ReportPrefix and ReportSuffix enclose the digits
// of a report's name; ReportsKept are left in a folder.
const (
	MaxReportSize   = C.GFT_REPORT_MAX_SIZE
	ReportMagicSize = 8
	ReportPrefix    = C.GFT_REPORT_PREFIX
	ReportSuffix    = C.GFT_REPORT_SUFFIX
	ReportsKept     = C.GFT_REPORTS_KEPT

	longestStack = 64 // lines
)

// Report is the file that tells of an out-of-memory error.
type Report struct {
	PID          uint32 // as in the page
	UID          uint32
	StartTicks   uint64
	PIDNamespace uint64
	At           time.Time
	Asked        fragcalc.Bytes
	DeviceFree   fragcalc.Bytes
	DeviceTotal  fragcalc.Bytes
	Allowed      fragcalc.Bytes         // cap of the process; unknown = none known
	Stream       fragcalc.Known[uint64] // the current one of the thread that allocated
	More         uint64                 // how many other errors its event stands for
	UUID         [16]byte               // of the device; zero when not known
	Ordinal      int                    // of the device in the process; -1 = not known
	Observer     bool                   // told by PyTorch after its own retry; else by a refused call
	OtherThread  bool                   // Stack is the main thread's: the one that allocated runs no Python
	NoWalk       WalkStatus             // why there is no walk
	Call         string                 // the function that was refused; empty with Observer
	Host         string
	Command      string // up to its first option
	SourceHash   string // of the shim
	Counters     Counters
	Walk         *Walk    // nil = none
	Stack        []string // "file:line function", innermost first
}

// IsReport tells by its first ReportMagicSize bytes whether a file says that it
// is a report.
func IsReport(b []byte) bool {
	magic, ok := record[C.uint64_t](b, 0)
	return ok && magic == C.GFT_REPORT_MAGIC
}

// DecodeReport reads a whole report, which may be anybody's. It keeps b: blocks
// are seen in place. Never write to it again.
func DecodeReport(b []byte) (Report, error) {
	h, ok := record[reportRecord](b, 0)
	switch {
	case !ok:
		return Report{}, fmt.Errorf("it is cut off: %d bytes", len(b))
	case h.magic != C.GFT_REPORT_MAGIC:
		return Report{}, errors.New("it is no report: wrong magic number")
	case h.abi_major != ABIMajor:
		return Report{}, fmt.Errorf("its layout is version %d, this monitor reads version %d", h.abi_major, ABIMajor)
	case h.size > MaxReportSize || int(h.size) != len(b):
		return Report{}, fmt.Errorf("it says it has %d bytes, and has %d", h.size, len(b))
	case h.at_realtime_ns > math.MaxInt64:
		return Report{}, errors.New("its time is impossible")
	}
	r := Report{
		PID: uint32(h.pid), UID: uint32(h.uid), StartTicks: uint64(h.start_ticks), PIDNamespace: uint64(h.pidns_inode),
		At: time.Unix(0, int64(h.at_realtime_ns)), More: uint64(h.more), Ordinal: max(-1, int(h.ordinal)),
		Observer: h.flags&C.GFT_REPORT_OBSERVER != 0, OtherThread: h.flags&C.GFT_REPORT_OTHER_THREAD != 0,
		NoWalk: WalkStatus(h.no_walk),
		Call:   clean(h.call[:]), Host: clean(h.host[:]), Command: clean(h.command[:]), SourceHash: clean(h.source_hash[:]),
		Asked:       told(h.asked_bytes),
		DeviceFree:  told(h.device_free_bytes),
		DeviceTotal: told(h.device_total_bytes),
		Allowed:     told(h.allowed_bytes),
		Stream:      fragcalc.Unknown[uint64]("not told"),
	}
	if h.flags&C.GFT_REPORT_STREAM != 0 {
		r.Stream = fragcalc.Of(uint64(h.stream))
	}
	if h.flags&C.GFT_REPORT_NO_UUID == 0 {
		r.UUID = *(*[16]byte)(unsafe.Pointer(&h.uuid))
	}
	if !r.Allowed.Known() {
		r.Allowed = fragcalc.Unknown[int64]("no cap known")
	}
	return r, r.decodeParts(b, h)
}

func (r *Report) decodeParts(b []byte, h reportRecord) error {
	counters, err := part(b, h.counters)
	if err == nil {
		r.Counters, err = DecodeCounters(counters)
	}
	if err != nil {
		return fmt.Errorf("its counters: %w", err)
	}
	walk, err := part(b, h.walk)
	if err == nil && len(walk) > 0 {
		var w Walk
		if w, err = DecodeWalk(walk); err == nil {
			r.Walk = &w
		}
	}
	if err != nil {
		return fmt.Errorf("its walk: %w", err)
	}
	stack, err := part(b, h.stack)
	if err != nil || len(stack) > C.GFT_REPORT_MAX_STACK {
		return fmt.Errorf("its stack of %d bytes makes no sense", h.stack.length)
	}
	for line := range strings.SplitSeq(string(stack), "\n") {
		if line = text.Clean(line, len(line)); line != "" && len(r.Stack) < longestStack {
			r.Stack = append(r.Stack, line)
		}
	}
	return nil
}

// part is a part of the file, checked against its size.
func part(b []byte, p reportPart) ([]byte, error) {
	size := C.uint64_t(len(b))
	if p.length == 0 {
		return nil, nil
	}
	if p.offset%64 != 0 || p.offset < C.GFT_REPORT_HEADER_SIZE || p.offset > size || p.length > size-p.offset {
		return nil, fmt.Errorf("%d bytes at %d of %d", p.length, p.offset, size)
	}
	return b[p.offset : p.offset+p.length], nil
}

// told is a size that a stranger wrote. What was asked for may be anything: it
// is cut to what sums can bear.
func told(raw C.uint64_t) fragcalc.Bytes {
	if raw == C.GFT_UNKNOWN {
		return fragcalc.Unknown[int64]("not told")
	}
	return fragcalc.Of(int64(min(raw, maxFigure)))
}

func raw(size fragcalc.Bytes) C.uint64_t {
	if n, known := size.Get(); known {
		return C.uint64_t(n)
	}
	return C.GFT_UNKNOWN
}

// EncodeReport is the writer's side of DecodeReport: a whole file.
func EncodeReport(r Report) []byte {
	h := reportRecord{
		magic: C.GFT_REPORT_MAGIC, abi_major: ABIMajor, abi_minor: ABIMinor,
		pid: C.uint32_t(r.PID), uid: C.uint32_t(r.UID), start_ticks: C.uint64_t(r.StartTicks), pidns_inode: C.uint64_t(r.PIDNamespace),
		at_realtime_ns: C.uint64_t(r.At.UnixNano()), more: C.uint64_t(r.More), ordinal: C.int32_t(r.Ordinal), no_walk: C.uint32_t(r.NoWalk),
		asked_bytes: raw(r.Asked), device_free_bytes: raw(r.DeviceFree), device_total_bytes: raw(r.DeviceTotal), allowed_bytes: raw(r.Allowed),
	}
	*(*[16]byte)(unsafe.Pointer(&h.uuid)) = r.UUID
	for _, flag := range []struct {
		set bool
		bit C.uint32_t
	}{{r.UUID == [16]byte{}, C.GFT_REPORT_NO_UUID}, {r.Observer, C.GFT_REPORT_OBSERVER}, {r.OtherThread, C.GFT_REPORT_OTHER_THREAD}, {r.Stream.Known(), C.GFT_REPORT_STREAM}} {
		if flag.set {
			h.flags |= flag.bit
		}
	}
	h.stream = C.uint64_t(r.Stream.Or(C.GFT_UNKNOWN))
	putString(h.call[:], r.Call)
	putString(h.host[:], r.Host)
	putString(h.command[:], r.Command)
	putString(h.source_hash[:], r.SourceHash)
	b := make([]byte, C.GFT_REPORT_HEADER_SIZE)
	add := func(p *reportPart, content []byte) {
		for len(b)%64 != 0 {
			b = append(b, 0)
		}
		p.offset, p.length = C.uint64_t(len(b)), C.uint64_t(len(content))
		b = slices.Concat(b, content)
	}
	add(&h.counters, EncodeCounters(r.Counters))
	if r.Walk != nil {
		add(&h.walk, EncodeWalk(*r.Walk))
	}
	add(&h.stack, []byte(strings.Join(r.Stack, "\n")))
	h.size = C.uint64_t(len(b))
	put(b, 0, h)
	return b
}
