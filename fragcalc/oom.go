package fragcalc

import (
	"fmt"
	"strings"
	"time"
)

// OOM is an allocation that was refused for want of memory: what its event
// tells.
type OOM struct {
	Asked      Bytes
	DeviceFree Bytes
	Verdict    string      // why, as fragcalc/explain names it; empty = not judged
	Holders    []GPUHolder // the others on the GPU soon after it, most memory first; nil: not looked at
	More       int         // other errors, just before, that this one stands for
	Report     string      // name of its report file; empty where there is none
	NoReport   string      // why there is none; empty when not known
}

// GPUHolder is a process with memory on a GPU, as the driver tells it.
type GPUHolder struct {
	PID   int
	User  string // empty when unknown
	Bytes Bytes
}

// mostHolders is how many of them a line names.
const mostHolders = 3

// holders are the others in words: "4711 (alice, 5.00 GiB), …".
func (o *OOM) holders(size func(int64) string) string {
	var names []string
	for _, h := range o.Holders[:min(len(o.Holders), mostHolders)] {
		held := "memory unknown"
		if n, known := h.Bytes.Get(); known {
			held = size(n)
		}
		if h.User != "" {
			held = h.User + ", " + held
		}
		names = append(names, fmt.Sprintf("%d (%s)", h.PID, held))
	}
	if more := len(o.Holders) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// Line is the event in one line. size writes a number of bytes, verdict is in
// words; empty when not judged.
func (o *OOM) Line(size func(int64) string, verdict string) string {
	line := "out of memory"
	if asked, known := o.Asked.Get(); known {
		line += ": asked for " + size(asked)
	}
	if free, known := o.DeviceFree.Get(); known {
		line += ", " + size(free) + " of the GPU was free"
	}
	if o.More > 0 {
		line += fmt.Sprintf(" (and %d more)", o.More)
	}
	if verdict != "" {
		line += ": " + verdict
	}
	if len(o.Holders) > 0 {
		line += ": " + o.holders(size)
	}
	switch {
	case o.Report != "":
		line += "; report " + o.Report
	case o.NoReport != "":
		line += "; " + o.NoReport
	}
	return line
}

// OOMReport is what a process left behind of an allocation that was refused.
// The process's row beside it in the Snapshot has its figures and block map of
// that moment.
type OOMReport struct {
	At          time.Time
	Asked       Bytes // as PyTorch's message says it: the new segment
	DeviceFree  Bytes
	DeviceTotal Bytes
	Allowed     Bytes         // cap of the process
	Stream      Known[uint64] // the current one of the thread that allocated
	Call        string        // the function that was refused; empty: PyTorch gave up after its own retry
	Ordinal     int           // of the GPU in the process; -1 = not known
	Stack       []string      // "file:line function", innermost first; empty = not known
	OtherThread bool          // Stack is the main thread's, which waited for the thread that allocated
	NoMap       string        // why there is no block map; empty = there is one
	More        int           // as OOM.More

	Verdict string   // as OOM.Verdict
	Lines   []string // the verdict explained, a sentence or two each
	Next    []string // commands to run next
}

// ReportEntry is one report of a list of them.
type ReportEntry struct {
	Name     string
	Path     string
	Snapshot *Snapshot // of one process on one GPU, with its Report; nil where it cannot be read
	Reason   string    // why not
}
