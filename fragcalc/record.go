package fragcalc

import (
	"fmt"
	"time"
)

// Bounds of a RecordRequest.
const (
	MostRecordedEvents = 1_000_000 // of a process, on all its GPUs together
	LongestRecording   = 10 * time.Minute
	// DefaultRecordedEvents is enough for many steps of a training job, and
	// delivered in about the time that a person notices.
	DefaultRecordedEvents = 200_000
)

// RecordRequest asks for the history of the allocators of one process. A
// program that records history itself is asked for what it has. Otherwise
// history is switched on for a time, and off again by the process's own agent,
// also when whoever asked ends before it.
type RecordRequest struct {
	Target    ProcessID
	For       time.Duration // how long history is on; at most LongestRecording
	MaxEvents int           // the newest so many of each GPU; at most MostRecordedEvents
}

// What recording costs, measured on PyTorch 2.6 and rounded up. Events are
// recorded without stacks: with them PyTorch itself says 2 µs.
const (
	recordNanos  = 200  // to the program, for each event
	recordBytes  = 150  // of host memory while it is on
	holdNanos    = 1000 // with the Python lock held at the end, in one go
	deliverBytes = 600  // of host memory meanwhile
)

// Price says in words what the request costs the program.
func (r RecordRequest) Price() string {
	n := int64(max(1, min(r.MaxEvents, MostRecordedEvents)))
	return fmt.Sprintf("history on for %s without stacks: %.1f µs an event, up to %d MiB of host memory; then its Python lock held for up to %s (1 µs for each of %d events, more where other threads allocate meanwhile), with up to %d MiB more",
		r.For, recordNanos/1000.0, mebibytes(n*recordBytes), time.Duration(n*holdNanos), n, mebibytes(n*deliverBytes))
}

func mebibytes(n int64) int64 { return (n + 1<<20 - 1) >> 20 }

// RecordStatus is how a recording ended.
type RecordStatus string

// How a recording can end: as a release can, with the same words, and the ones
// below. Everything but RecordDone left no history on, and no trace.
const (
	RecordDone        RecordStatus = "done"
	RecordUnsupported RecordStatus = "unsupported" // the framework or its version has no history
	RecordLost        RecordStatus = "lost"        // the program switched its history off meanwhile
)

// RecordRefusal is why there is no trace.
type RecordRefusal struct {
	Status RecordStatus
	Reason string // one line for people
}

func (r *RecordRefusal) Error() string { return r.Reason }
