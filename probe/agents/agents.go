// Package agents speaks with the agents inside instrumented processes: it
// finds their pages, reads them, keeps them awake while somebody watches, and
// asks them for a release.
//
// Everything in a page may be written by a stranger. A page is read by private
// copies only; what it says is checked by package page. Mapped is the command
// page alone, and only after it has shown to be a sealed memfd of the right
// size. So a hostile page costs the figures of its own process.
package agents

import (
	"encoding/hex"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Process is what the page of one instrumented process tells.
type Process struct {
	ID        fragcalc.ProcessID
	Framework fragcalc.Framework
	Settings  fragcalc.AllocatorSettings
	Job       string            // rank and job in words; empty when unknown
	Variables map[string]string // of rank, job and pod; nil when not told yet
	InnerPID  int               // the process's PID in its own PID namespace
	Watching  fragcalc.Watching
	Hook      fragcalc.ReleaseHook
	Ranks     fragcalc.Ranks
	Devices   []Device
	Events    []fragcalc.Event // oldest first
	Faults    []fragcalc.Fault
}

// Device is one device of a process.
type Device struct {
	UUID     [16]byte // of the GPU or MIG instance; zero when the process could not read it
	Ordinal  int      // in the process; for messages only
	Context  bool     // the process has a context on it
	Counters fragcalc.Counters
	Pools    []fragcalc.Pool // nil = no walk; measured
	Figures  fragcalc.Figures
	Age      fragcalc.Known[time.Duration] // of the figures and counters
	Reason   string                        // why there is no walk, or no newer one; empty if all is fine
}

// UUIDText writes a UUID as NVML does: prefix is "GPU-" or "MIG-".
func UUIDText(prefix string, uuid [16]byte) string {
	d := hex.EncodeToString(uuid[:])
	return prefix + d[:8] + "-" + d[8:12] + "-" + d[12:16] + "-" + d[16:20] + "-" + d[20:]
}
