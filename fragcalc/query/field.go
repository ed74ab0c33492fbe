package query

import (
	"cmp"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// kind is what the values of a field are.
type kind uint8

const (
	number kind = iota
	bytes       // a size
	ratio       // between 0 and 1
	word
)

// field is a figure or a word of a process row that filters and sort orders
// can name.
type field struct {
	name string
	help string
	kind kind
	key  bool // a sort order, too
	// number and word give the value of a row, and whether it is known: one of
	// them is set.
	number func(*fragcalc.Process, *fragcalc.Snapshot) (float64, bool)
	word   func(*fragcalc.Process) string // empty when unknown
}

// fields are all there are, in the order that people are shown.
var fields = []field{
	size("memory", "GPU memory, as NVML charges it", func(p *fragcalc.Process) fragcalc.Bytes { return p.GPUMemory }).sortable(),
	size("reserved", "held from the driver", func(p *fragcalc.Process) fragcalc.Bytes { return p.Reserved }).sortable(),
	size("used", "in live blocks", func(p *fragcalc.Process) fragcalc.Bytes { return p.Used }).sortable(),
	size("stranded", "in holes beside live blocks", func(p *fragcalc.Process) fragcalc.Bytes { return p.Stranded }).sortable(),
	share("frag", "stranded / reserved", func(p *fragcalc.Process) fragcalc.Ratio { return p.Fragmentation }).sortable(),
	size("slack", "reserved and never needed at once", func(p *fragcalc.Process) fragcalc.Bytes { return p.Slack }).sortable(),
	size("releasable", "could go back to the driver now", func(p *fragcalc.Process) fragcalc.Bytes { return p.Releasable }).sortable(),
	size("largest", "largest free block", func(p *fragcalc.Process) fragcalc.Bytes { return p.LargestFree }).sortable(),
	size("fits", "largest allocation that would succeed", func(p *fragcalc.Process) fragcalc.Bytes { return p.FitsNow }).sortable(),
	size("pending", "waiting for a stream's event", func(p *fragcalc.Process) fragcalc.Bytes { return p.Pending }).sortable(),
	count("retries", "allocations that needed a release", func(p *fragcalc.Process) fragcalc.Count { return p.AllocRetries }).sortable(),
	count("ooms", "out-of-memory errors", func(p *fragcalc.Process) fragcalc.Count { return p.OOMs }).sortable(),
	field{name: "cpu", help: "processors that it keeps busy", number: func(p *fragcalc.Process, _ *fragcalc.Snapshot) (float64, bool) {
		return p.Host.CPU.Get()
	}}.sortable(),
	size("host", "resident memory on the host", func(p *fragcalc.Process) fragcalc.Bytes { return p.Host.Memory }).sortable(),
	field{name: "gpu", help: "index of the GPU", number: gpuIndex}.sortable(),
	field{name: "pid", help: "process id", number: func(p *fragcalc.Process, _ *fragcalc.Snapshot) (float64, bool) {
		return float64(p.PID), true
	}}.sortable(),
	text("user", "user", func(p *fragcalc.Process) string { return p.User }).sortable(),
	text("framework", "what it computes with", func(p *fragcalc.Process) string { return p.Framework.Name }).sortable(),
	text("where", "container, pod, job step or unit", func(p *fragcalc.Process) string { return p.Where.Text() }).sortable(),
	field{name: "rank", help: "rank in its job", number: func(p *fragcalc.Process, _ *fragcalc.Snapshot) (float64, bool) {
		rank, ok := p.Task.Rank.Get()
		return float64(rank), ok
	}}.sortable(),
	text("command", "command line", func(p *fragcalc.Process) string { return p.Command }).sortable(),

	size("requested", "asked for in used and pending blocks", func(p *fragcalc.Process) fragcalc.Bytes { return p.Requested }),
	size("rounding", "used + pending - requested", func(p *fragcalc.Process) fragcalc.Bytes { return p.Rounding }),
	size("free", "reserved - used - pending", func(p *fragcalc.Process) fragcalc.Bytes { return p.Free }),
	size("parked", "free and kept by design", func(p *fragcalc.Process) fragcalc.Bytes { return p.Parked }),
	size("unallocated", "reserved - used", func(p *fragcalc.Process) fragcalc.Bytes { return p.Unallocated }),
	size("estimate", "what a release would return", func(p *fragcalc.Process) fragcalc.Bytes { return p.ReleaseEstimate }),
	size("other", "GPU memory beside the allocator's", func(p *fragcalc.Process) fragcalc.Bytes { return p.Other }),
	size("unbacked", "reserved without memory behind it", func(p *fragcalc.Process) fragcalc.Bytes { return p.Unbacked }),
	share("external", "1 - largest / free", func(p *fragcalc.Process) fragcalc.Ratio { return p.External }),
	text("container", "id or name of the container", func(p *fragcalc.Process) string { return p.Where.Container }),
	text("pod", "namespace and name of the pod, or its uid", func(p *fragcalc.Process) string { return p.Where.Pod }),
	text("unit", "systemd unit", func(p *fragcalc.Process) string { return p.Where.Unit }),
	text("job", "id of the job", func(p *fragcalc.Process) string { return cmp.Or(p.Where.SlurmJob, p.Task.JobID) }),
	text("uuid", "UUID of the GPU", func(p *fragcalc.Process) string { return p.GPUUUID }),
}

func size(name, help string, of func(*fragcalc.Process) fragcalc.Bytes) field {
	f := count(name, help, of)
	f.kind = bytes
	return f
}

func count(name, help string, of func(*fragcalc.Process) fragcalc.Count) field {
	return field{name: name, help: help, number: func(p *fragcalc.Process, _ *fragcalc.Snapshot) (float64, bool) {
		n, ok := of(p).Get()
		return float64(n), ok
	}}
}

func share(name, help string, of func(*fragcalc.Process) fragcalc.Ratio) field {
	return field{name: name, help: help, kind: ratio, number: func(p *fragcalc.Process, _ *fragcalc.Snapshot) (float64, bool) {
		return of(p).Get()
	}}
}

func text(name, help string, of func(*fragcalc.Process) string) field {
	return field{name: name, help: help, kind: word, word: of}
}

func (f field) sortable() field {
	f.key = true
	return f
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
func searched(p *fragcalc.Process) [6]string {
	return [6]string{p.Command, p.User, p.Framework.Name, strconv.Itoa(p.PID), p.Where.Text(), p.Job}
}
