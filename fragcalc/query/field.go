package query

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// field is a figure or a word of a process row that filters and sort orders
// can name.
type field struct {
	name   string
	help   string
	number func(*fragcalc.Process, *fragcalc.Snapshot) (float64, bool) // nil for words
	word   func(*fragcalc.Process) string                              // nil for numbers
}

// fields are all there are, in the order that people are shown.
var fields = []field{
	size("memory", "GPU memory, as NVML charges it", func(p *fragcalc.Process) fragcalc.Bytes { return p.GPUMemory }),
	size("reserved", "held from the driver", func(p *fragcalc.Process) fragcalc.Bytes { return p.Reserved }),
	size("used", "in live blocks", func(p *fragcalc.Process) fragcalc.Bytes { return p.Used }),
	size("stranded", "in holes beside live blocks", func(p *fragcalc.Process) fragcalc.Bytes { return p.Stranded }),
	{name: "frag", help: "stranded / reserved", number: func(p *fragcalc.Process, _ *fragcalc.Snapshot) (float64, bool) {
		return p.Fragmentation.Get()
	}},
	size("slack", "reserved and never needed at once", func(p *fragcalc.Process) fragcalc.Bytes { return p.Slack }),
	size("releasable", "could go back to the driver now", func(p *fragcalc.Process) fragcalc.Bytes { return p.Releasable }),
	size("largest", "largest free block", func(p *fragcalc.Process) fragcalc.Bytes { return p.LargestFree }),
	size("fits", "largest allocation that would succeed", func(p *fragcalc.Process) fragcalc.Bytes { return p.FitsNow }),
	size("pending", "waiting for a stream's event", func(p *fragcalc.Process) fragcalc.Bytes { return p.Pending }),
	{name: "retries", help: "allocations that needed a release", number: func(p *fragcalc.Process, _ *fragcalc.Snapshot) (float64, bool) {
		n, ok := p.AllocRetries.Get()
		return float64(n), ok
	}},
	{name: "ooms", help: "out-of-memory errors", number: func(p *fragcalc.Process, _ *fragcalc.Snapshot) (float64, bool) {
		n, ok := p.OOMs.Get()
		return float64(n), ok
	}},
	{name: "gpu", help: "index of the GPU", number: gpuIndex},
	{name: "pid", help: "process id", number: func(p *fragcalc.Process, _ *fragcalc.Snapshot) (float64, bool) {
		return float64(p.PID), true
	}},
	{name: "user", help: "user", word: func(p *fragcalc.Process) string { return p.User }},
	{name: "framework", help: "what it computes with", word: func(p *fragcalc.Process) string { return p.Framework.Name }},
	{name: "command", help: "command line", word: func(p *fragcalc.Process) string { return p.Command }},
}

func size(name, help string, of func(*fragcalc.Process) fragcalc.Bytes) field {
	return field{name: name, help: help, number: func(p *fragcalc.Process, _ *fragcalc.Snapshot) (float64, bool) {
		n, ok := of(p).Get()
		return float64(n), ok
	}}
}

func gpuIndex(p *fragcalc.Process, s *fragcalc.Snapshot) (float64, bool) {
	if s == nil {
		return 0, false
	}
	for i := range s.GPUs {
		if s.GPUs[i].UUID == p.GPUUUID {
			return float64(s.GPUs[i].Index), true
		}
	}
	return 0, false
}

func fieldNamed(name string) (*field, bool) {
	for i := range fields {
		if fields[i].name == name {
			return &fields[i], true
		}
	}
	return nil, false
}

// searched are the words that a bare text of a filter looks into.
func searched(p *fragcalc.Process) [4]string {
	return [4]string{p.Command, p.User, p.Framework.Name, strconv.Itoa(p.PID)}
}
