package query

import (
	"cmp"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// row is a row of the process table. The snapshot tells the indices of GPUs; it
// may be nil.
type row struct {
	process  *fragcalc.Process
	snapshot *fragcalc.Snapshot
}

// processes are the fields of a row of the process table.
var processes = Processes(func(r *row) (*fragcalc.Process, *fragcalc.Snapshot) { return r.process, r.snapshot })

// otherNames are the names of fields on the screen, where they are not their own,
// and those that people write for short.
var otherNames = map[string][]string{
	"memory":     {"gpu-mem", "mem"},
	"frag":       {"%", "frag%", "fragmentation"},
	"releasable": {"relsbl"},
	"stranded":   {"strnd"},
	"fits":       {"fits-now"},
	"host":       {"host-mem"},
	"framework":  {"what"},
}

// Processes is the language of the process table for rows R, of which of gives
// the process and the snapshot that it is of, which may be nil.
func Processes[R any](of func(*R) (*fragcalc.Process, *fragcalc.Snapshot)) *Fields[R] {
	process := func(r *R) *fragcalc.Process { p, _ := of(r); return p }
	field := func(name, help string, value Value[R]) Field[R] {
		return Field[R]{Name: name, Help: help, Value: value}
	}
	size := func(name, help string, figure func(*fragcalc.Process) fragcalc.Bytes) Field[R] {
		return field(name, help, Size(func(r *R) (int64, bool) { return figure(process(r)).Get() }))
	}
	count := func(name, help string, figure func(*fragcalc.Process) fragcalc.Count) Field[R] {
		return field(name, help, Count(func(r *R) (int64, bool) { return figure(process(r)).Get() }))
	}
	share := func(name, help string, figure func(*fragcalc.Process) fragcalc.Ratio) Field[R] {
		return field(name, help, Ratio(func(r *R) (float64, bool) { return figure(process(r)).Get() }))
	}
	text := func(name, help string, words func(*fragcalc.Process) string) Field[R] {
		return field(name, help, Word(func(r *R) string { return words(process(r)) }))
	}
	fields := []Field[R]{
		size("memory", "GPU memory, as NVML charges it", func(p *fragcalc.Process) fragcalc.Bytes { return p.GPUMemory }),
		size("reserved", "held from the driver", func(p *fragcalc.Process) fragcalc.Bytes { return p.Reserved }),
		size("used", "in live blocks", func(p *fragcalc.Process) fragcalc.Bytes { return p.Used }),
		size("stranded", "in holes beside live blocks", func(p *fragcalc.Process) fragcalc.Bytes { return p.Stranded }),
		share("frag", "stranded / reserved", func(p *fragcalc.Process) fragcalc.Ratio { return p.Fragmentation }),
		size("slack", "reserved and never needed at once", func(p *fragcalc.Process) fragcalc.Bytes { return p.Slack }),
		size("releasable", "could go back to the driver now", func(p *fragcalc.Process) fragcalc.Bytes { return p.Releasable }),
		size("largest", "largest free block", func(p *fragcalc.Process) fragcalc.Bytes { return p.LargestFree }),
		size("fits", "largest allocation that would succeed", func(p *fragcalc.Process) fragcalc.Bytes { return p.FitsNow }),
		size("pending", "waiting for a stream's event", func(p *fragcalc.Process) fragcalc.Bytes { return p.Pending }),
		size("rounding", "used + pending - requested", func(p *fragcalc.Process) fragcalc.Bytes { return p.Rounding }),
		size("parked", "free and kept by design", func(p *fragcalc.Process) fragcalc.Bytes { return p.Parked }),
		count("retries", "allocations that needed a release", func(p *fragcalc.Process) fragcalc.Count { return p.AllocRetries }),
		count("ooms", "out-of-memory errors", func(p *fragcalc.Process) fragcalc.Count { return p.OOMs }),
		field("cpu", "processors that it keeps busy", Decimal(func(r *R) (float64, bool) { return process(r).Host.CPU.Get() })),
		size("host", "resident memory on the host", func(p *fragcalc.Process) fragcalc.Bytes { return p.Host.Memory }),
		field("gpu", "index of the GPU", Number(func(r *R) (int64, bool) { return gpuIndex(of(r)) })),
		field("pid", "process id", Number(func(r *R) (int64, bool) { return int64(process(r).PID), true })),
		text("user", "user", func(p *fragcalc.Process) string { return p.User }),
		text("type", "C computes, G draws", func(p *fragcalc.Process) string { return p.Type }),
		text("framework", "what it computes with", func(p *fragcalc.Process) string { return p.Framework.Name }),
		text("where", "container, pod, job step or unit", func(p *fragcalc.Process) string { return p.Where.Text() }),
		field("rank", "rank in its job", Number(func(r *R) (int64, bool) {
			rank, ok := process(r).Task.Rank.Get()
			return int64(rank), ok
		})),
		text("command", "command line", func(p *fragcalc.Process) string { return p.Command }),
	}
	for i := range fields {
		fields[i].Key, fields[i].Also = true, otherNames[fields[i].Name]
	}
	fields = append(fields,
		size("requested", "asked for in used and pending blocks", func(p *fragcalc.Process) fragcalc.Bytes { return p.Requested }),
		size("free", "reserved - used - pending", func(p *fragcalc.Process) fragcalc.Bytes { return p.Free }),
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
	)
	return NewFields(fields, func(r *R) []string { return searched(process(r)) })
}

// searched are the words that a bare text of a filter looks into.
func searched(p *fragcalc.Process) []string {
	return []string{p.Command, p.User, p.Framework.Name, strconv.Itoa(p.PID), p.Where.Text(), p.Job}
}

func gpuIndex(p *fragcalc.Process, s *fragcalc.Snapshot) (int64, bool) {
	if s == nil {
		return 0, false
	}
	for i := range s.GPUs {
		if s.GPUs[i].UUID == p.GPUUUID {
			return int64(s.GPUs[i].Index), true
		}
	}
	return 0, false
}

// Filter chooses processes. The zero Filter matches all.
type Filter struct{ expression Expression[row] }

// ParseFilter reads a filter of the process table; an empty one matches all.
// Errors say what is wrong at which place, and what would be right.
func ParseFilter(expression string) (Filter, error) {
	parsed, err := processes.Parse(expression)
	return Filter{parsed}, err
}

// Match tells whether a process passes. The snapshot may be nil.
func (f Filter) Match(p fragcalc.Process, s *fragcalc.Snapshot) bool {
	return f.expression.Match(&row{&p, s})
}

// Keys are all sort orders of the process table.
func Keys() []Key { return processes.Keys() }

// HasKey tells whether a sort order of that name exists in the process table.
func HasKey(name string) bool { return processes.HasKey(name) }

// Sort orders processes by a key, see Fields.Sort. The snapshot tells the
// indices of GPUs; it may be nil.
func Sort(rows []fragcalc.Process, key string, reverse bool, snapshot *fragcalc.Snapshot) {
	Processes(func(p *fragcalc.Process) (*fragcalc.Process, *fragcalc.Snapshot) { return p, snapshot }).Sort(rows, key, reverse)
}
