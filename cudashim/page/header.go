package page

/*
#include "page.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"time"
	"unsafe"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// ErrNotReady means that the page exists and its writer has not begun it yet.
var ErrNotReady = errors.New("page is still being prepared")

// ErrVersion means that the page's layout is of another major version.
var ErrVersion = errors.New("page has layout version")

// Capabilities say what the agent in a process can do.
type Capabilities uint64

// Bits of Capabilities.
const (
	CapPython       Capabilities = C.GFT_CAP_PYTHON        // a supported CPython lives in the process
	CapFramework    Capabilities = C.GFT_CAP_FRAMEWORK     // the agent talks to a framework
	CapRelease      Capabilities = C.GFT_CAP_RELEASE       // release requests are accepted
	CapCaptureCount Capabilities = C.GFT_CAP_CAPTURE_COUNT // stream captures are counted
	CapRecord       Capabilities = C.GFT_CAP_RECORD        // record requests are accepted
	CapLate         Capabilities = C.GFT_CAP_LATE          // loaded into the running program: its calls are not counted
)

// Has tells whether all bits of want are set.
func (c Capabilities) Has(want Capabilities) bool { return c&want == want }

// WalkStatus says why there is, or is not, a newer walk.
type WalkStatus uint32

// Values of WalkStatus; page.h explains each.
const (
	WalkNone        WalkStatus = C.GFT_WALK_NONE
	WalkOK          WalkStatus = C.GFT_WALK_OK
	WalkHistoryOn   WalkStatus = C.GFT_WALK_HISTORY_ON
	WalkOverBudget  WalkStatus = C.GFT_WALK_OVER_BUDGET
	WalkNoFramework WalkStatus = C.GFT_WALK_NO_FRAMEWORK
	WalkNotReady    WalkStatus = C.GFT_WALK_NOT_READY
	WalkUnsupported WalkStatus = C.GFT_WALK_UNSUPPORTED
	WalkError       WalkStatus = C.GFT_WALK_ERROR
	WalkCut         WalkStatus = C.GFT_WALK_CUT
	WalkGILBusy     WalkStatus = C.GFT_WALK_GIL_BUSY
)

// headerRecord is the header as it lies in the page.
type headerRecord = C.struct_gft_page_header

// Header is the start of the page.
type Header struct {
	ABIMinor     uint32 // of the layout; the major one is ABIMajor
	PID          uint32 // in the process's own PID namespace
	UID          uint32
	StartTicks   uint64 // field 22 of /proc/self/stat
	PIDNamespace uint64 // inode of /proc/self/ns/pid
	PageInode    uint64 // of the two memfds
	CmdInode     uint64
	Capabilities Capabilities
	Heartbeat    Instant // last time the agent woke
	CountersSeq  uint64  // of the newest counters and walk; 0 = none yet
	WalkSeq      uint64
	WalkStatus   WalkStatus

	ReleaseUnderway bool
	LastRelease     Instant       // end of the last release; 0 = none yet
	ReleaseInterval time.Duration // a release sooner than this after the last is refused
	CaptureBegins   uint64        // stream captures begun and ended so far
	CaptureEnds     uint64

	ExpectedHold fragcalc.Known[time.Duration] // of the next walk
	MaxHold      time.Duration                 // longest hold a walk may cost by itself
	HoldTotal    time.Duration                 // time the agent held the GIL so far
	HoldWorst    time.Duration                 // the longest single hold
	Watched      time.Duration                 // time during which somebody watched
	Walks        uint64
	EventNext    uint64 // events written so far
	SourceHash   string // sha256 (hex) of the shim's sources
	LastError    string // empty = none
	// RecordingUntil is when the record request that is being dealt with ends,
	// and history is off again if the agent has switched it on; 0 = there is none.
	RecordingUntil Instant
	Ranks          fragcalc.Ranks // of torch.distributed, as the last look found them
	OwnRelease     string         // name of the release function that the program has registered; empty = none
}

// DecodeHeader reads the page's header from the page's first bytes.
func DecodeHeader(b []byte) (Header, error) {
	h, ok := record[headerRecord](b, 0)
	switch {
	case !ok:
		return Header{}, fmt.Errorf("page is cut off: %d bytes, its header has %d", len(b), unsafe.Sizeof(h))
	case h.magic == 0:
		return Header{}, ErrNotReady
	case h.magic != C.GFT_PAGE_MAGIC:
		return Header{}, errors.New("not a page: wrong magic number")
	case h.abi_major != ABIMajor:
		return Header{}, fmt.Errorf("%w %d, this monitor reads version %d: use the gpufragtop that started the process", ErrVersion, h.abi_major, ABIMajor)
	case h.page_size < PageSize:
		return Header{}, fmt.Errorf("page says it has %d bytes, its layout has %d", h.page_size, PageSize)
	}
	return Header{
		ABIMinor: uint32(h.abi_minor),
		PID:      uint32(h.pid), UID: uint32(h.uid),
		StartTicks:   uint64(h.start_ticks),
		PIDNamespace: uint64(h.pidns_inode),
		PageInode:    uint64(h.page_inode), CmdInode: uint64(h.cmd_inode),
		Capabilities: Capabilities(h.capabilities),
		Heartbeat:    Instant(h.heartbeat_ns),
		CountersSeq:  uint64(h.counters_seq), WalkSeq: uint64(h.walk_seq),
		WalkStatus:      WalkStatus(h.walk_status),
		ReleaseUnderway: h.release_underway != 0,
		LastRelease:     Instant(h.last_release_ns),
		ReleaseInterval: duration(uint64(h.release_interval_ns)),
		CaptureBegins:   uint64(h.capture_begins), CaptureEnds: uint64(h.capture_ends),
		ExpectedHold: knownDuration(uint64(h.expected_hold_ns)),
		MaxHold:      duration(uint64(h.max_hold_ns)),
		HoldTotal:    duration(uint64(h.hold_total_ns)),
		HoldWorst:    duration(uint64(h.hold_worst_ns)),
		Watched:      duration(uint64(h.watched_ns)),
		Walks:        uint64(h.walks),
		EventNext:    uint64(h.event_next),
		SourceHash:   clean(h.source_hash[:]),
		LastError:    clean(h.last_error[:]),

		RecordingUntil: Instant(h.recording_until_ns),
		Ranks:          ranks(uint32(h.ranks_flags), uint32(h.rank), uint32(h.world_size)),
		OwnRelease:     clean(h.release_name[:]),
	}, nil
}

func ranks(flags, rank, world uint32) fragcalc.Ranks {
	r := fragcalc.Ranks{HoldsGIL: flags&C.GFT_RANKS_GIL != 0}
	if flags&C.GFT_RANKS_INITIALIZED == 0 || world > math.MaxInt32 || rank >= world {
		return r
	}
	r.Initialized, r.NCCL, r.Rank, r.World = true, flags&C.GFT_RANKS_NCCL != 0, int(rank), int(world)
	return r
}

func rankFlags(r fragcalc.Ranks) (flags C.uint32_t) {
	for flag, set := range map[C.uint32_t]bool{C.GFT_RANKS_INITIALIZED: r.Initialized, C.GFT_RANKS_NCCL: r.NCCL, C.GFT_RANKS_GIL: r.HoldsGIL} {
		if set {
			flags |= flag
		}
	}
	return flags
}

// EncodeHeader is the writer's side of DecodeHeader: HeaderSize bytes.
func EncodeHeader(h Header) []byte {
	out := headerRecord{
		magic: C.GFT_PAGE_MAGIC, abi_major: ABIMajor, abi_minor: ABIMinor, page_size: PageSize,
		pid: C.uint32_t(h.PID), uid: C.uint32_t(h.UID),
		start_ticks: C.uint64_t(h.StartTicks),
		pidns_inode: C.uint64_t(h.PIDNamespace),
		page_inode:  C.uint64_t(h.PageInode), cmd_inode: C.uint64_t(h.CmdInode),
		capabilities: C.uint64_t(h.Capabilities),
		heartbeat_ns: C.uint64_t(h.Heartbeat),
		counters_seq: C.uint64_t(h.CountersSeq), walk_seq: C.uint64_t(h.WalkSeq),
		walk_status:         C.uint32_t(h.WalkStatus),
		last_release_ns:     C.uint64_t(h.LastRelease),
		release_interval_ns: C.uint64_t(h.ReleaseInterval),
		capture_begins:      C.uint64_t(h.CaptureBegins), capture_ends: C.uint64_t(h.CaptureEnds),
		expected_hold_ns: C.GFT_UNKNOWN,
		max_hold_ns:      C.uint64_t(h.MaxHold),
		hold_total_ns:    C.uint64_t(h.HoldTotal),
		hold_worst_ns:    C.uint64_t(h.HoldWorst),
		watched_ns:       C.uint64_t(h.Watched),
		walks:            C.uint64_t(h.Walks),
		event_next:       C.uint64_t(h.EventNext),

		recording_until_ns: C.uint64_t(h.RecordingUntil),
		ranks_flags:        rankFlags(h.Ranks),
		rank:               C.uint32_t(h.Ranks.Rank), world_size: C.uint32_t(h.Ranks.World),
	}
	putString(out.release_name[:], h.OwnRelease)
	if h.ReleaseUnderway {
		out.release_underway = 1
	}
	if hold, ok := h.ExpectedHold.Get(); ok {
		out.expected_hold_ns = C.uint64_t(hold)
	}
	putString(out.source_hash[:], h.SourceHash)
	putString(out.last_error[:], h.LastError)
	b := make([]byte, HeaderSize)
	put(b, 0, out)
	return b
}

func knownDuration(ns uint64) fragcalc.Known[time.Duration] {
	if ns == C.GFT_UNKNOWN {
		return fragcalc.Unknown[time.Duration]("not known to the process")
	}
	return fragcalc.Of(duration(ns))
}
