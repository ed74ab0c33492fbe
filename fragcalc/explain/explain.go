// Package explain reads the message of a program that ran out of GPU memory,
// as people paste it, and says what its figures mean. It needs no GPU and no
// process: the text is all it has, so it also says what the text does not tell.
//
// The wordings are PyTorch's since 1.13 (CUDA, HIP and its relatives) and those
// of its cudaMallocAsync backend; refusals of other allocators are recognised
// and named. The text is foreign: it is bounded, and read in time that grows
// with its length only.
package explain

import (
	"fmt"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// Limit is how many bytes of a text are looked at: its last ones, because the
// message that ends a program stands at the end of its log.
const Limit = 16 << 20

// Verdict is what a message most likely means.
type Verdict string

// The verdicts. Other may be added.
const (
	// Stranded: free bytes in holes beside live blocks would have been enough.
	Stranded Verdict = "stranded"
	// TooBig: the request does not fit beside what the program keeps alive.
	TooBig Verdict = "too_big"
	// OtherProcesses hold what was missing.
	OtherProcesses Verdict = "other_processes"
	// PrivatePools: free bytes kept for CUDA graphs or MemPools were missing.
	PrivatePools Verdict = "private_pools"
	// Cap: a limit of the process was reached, not the end of the GPU.
	Cap Verdict = "cap"
	// OtherPool: a free block of that size exists, out of reach in another
	// stream's or another pool. Only a block map tells.
	OtherPool Verdict = "other_pool"
	// OtherAllocator: not PyTorch's caching allocator was refused.
	OtherAllocator Verdict = "other_allocator"
	// Unclear: the message is known, but its figures do not explain it.
	Unclear Verdict = "unclear"
)

// Words are the verdict in a few words, for a table or a line.
func (v Verdict) Words() string {
	switch v {
	case Stranded:
		return "stranded"
	case TooBig:
		return "truly full"
	case OtherProcesses:
		return "other processes"
	case PrivatePools:
		return "private pools"
	case OtherPool:
		return "wrong pool or stream"
	case Cap:
		return "a cap"
	case OtherAllocator:
		return "another allocator"
	}
	return "unclear"
}

// Holder is a process that the message names, with the GPU memory it held.
type Holder struct {
	PID   int64
	Bytes fragcalc.Bytes
}

// Figures are what the message says, in bytes. What it does not say, or says
// with an impossible number, is unknown with the reason.
type Figures struct {
	Request  fragcalc.Bytes // the new segment that was refused: the tensor's size, rounded up
	Capacity fragcalc.Bytes // of the GPU
	Free     fragcalc.Bytes // of the GPU, just after the refusal
	Allowed  fragcalc.Bytes // cap of the process
	Process  fragcalc.Bytes // all GPU memory of the process
	Reserved fragcalc.Bytes // by PyTorch's allocator: Used + Parked + Unallocated
	Used     fragcalc.Bytes // in live blocks
	// Parked is free memory in private pools. PyTorch calls it "allocated in
	// private pools" and counts it as allocated, but sums the pools' free blocks.
	Parked fragcalc.Bytes
	// Unallocated is reserved and free, outside private pools where the wording
	// tells them apart. PyTorch has released what it could before it raises.
	Unallocated fragcalc.Bytes
}

// Explanation is a message and what it means.
type Explanation struct {
	Verdict   Verdict
	Source    string                // whose message, such as "PyTorch (CUDA)"
	Messages  int                   // how many such messages the text has; the last one is explained
	Device    fragcalc.Known[int64] // as the program counts its GPUs
	Figures   Figures
	Processes []Holder              // other processes on the GPU
	Self      fragcalc.Known[int64] // the listed process that is this one, seen from outside its container
	Lines     []string              // the explanation, a sentence or two each
	Next      []string              // commands to run next
}

// Unread is the error of a text without a message that Explain knows.
type Unread struct {
	Lines int    // how many lines it has
	Start string // how its last line that says something begins; clean
}

func (u Unread) Error() string {
	if u.Lines == 0 {
		return "no out-of-memory message: nothing in it is readable text"
	}
	lines := "1 line"
	if u.Lines != 1 {
		lines = fmt.Sprintf("%d lines", u.Lines)
	}
	return fmt.Sprintf(`no out-of-memory message in %s (the last says %q): paste from "out of memory" on`, lines, u.Start)
}

// Explain reads the last out-of-memory message in a pasted text or log. The
// error is an Unread where there is none.
func Explain(pasted string) (Explanation, error) {
	if len(pasted) > Limit {
		pasted = pasted[len(pasted)-Limit:]
	}
	shown := visible(pasted)
	squeezed := squeeze(shown)
	if m, found := findPyTorch(squeezed); found {
		e := m.explanation()
		judge(&e, m)
		return e, nil
	}
	if f, found := findForeign(squeezed); found {
		return f.explanation(), nil
	}
	lines, last := lastLine(shown)
	return Explanation{}, Unread{Lines: lines, Start: text.Clean(last, 60)}
}
