package explain

import (
	"bytes"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// message is a message of PyTorch as far as it could be read.
type message struct {
	source   string
	count    int
	wording  wording
	device   fragcalc.Known[int64]
	figures  Figures
	exabyte  bool // the request was "more than 1EB"
	listed   []Holder
	own      bool   // the process's own use has a line, readable or not
	expanded state  // whether expandable segments were on
	also     string // another allocator that was refused in the same text
	report   bool   // no message: a report, whose block map says what follows
	reach    string // what would have served the request, and why it was out of reach; empty = nothing known
}

// wording is a family of PyTorch's messages.
type wording int

const (
	processWording wording = iota // 2.1 and newer: "GPU 0 has a total capacity of …"
	poolWording                   // 1.5 to 2.0: "(GPU 0; 23.69 GiB total capacity; …"
	asyncWording                  // the cudaMallocAsync backend
	bareWording                   // a request, or less
)

// state is a setting that a text may tell.
type state int

const (
	notTold state = iota
	on
)

// Bounds of a message: how long its text may be without white space, how many
// processes it may list.
const (
	longestMessage = 8192
	mostProcesses  = 128
)

// endings are what follows the figures of a message. Beyond them another
// message's figures may stand.
var endings = []string{
	"ifreservedbutunallocated", "ifreservedmemory", "pleaseuse`empty_cache`", "reservedintotalbypytorch", "cached)", "seedocumentation",
}

// findPyTorch finds the last message of PyTorch in a squeezed text.
func findPyTorch(t []byte) (message, bool) {
	const tried, exceeds = "triedtoallocate", "wouldexceedallowedmemory"
	last, count, async := -1, 0, false
	for at := next(t, tried, 0); at >= 0; at = next(t, tried, at+len(tried)) {
		if isMessage(t, at, at+len(tried)) {
			last, count = at, count+1
		}
	}
	for at := next(t, exceeds, 0); at >= 0; at = next(t, exceeds, at+len(exceeds)) {
		count++
		if at > last {
			last, async = at, true
		}
	}
	m := message{count: count, expanded: expandable(t)}
	switch {
	case last < 0:
		return m, false
	case async:
		m.readAsync(t[last+len(exceeds):], t[max(0, last-40):last])
	default:
		m.readNative(t[last+len(tried):], t[max(0, last-40):last])
	}
	m.also = refusedBeside(t)
	return m, true
}

// next is the first place of key in t at or behind from, or -1.
func next(t []byte, key string, from int) int {
	at := bytes.Index(t[from:], []byte(key))
	if at < 0 {
		return -1
	}
	return from + at
}

// isMessage tells whether "tried to allocate" between two places is one of
// PyTorch's for a GPU: with "out of memory" before it, or a GPU's figures
// behind it where the beginning was not pasted; and with a size, which the
// source lines of a traceback do not have.
func isMessage(t []byte, from, to int) bool {
	ahead := t[to:min(len(t), to+200)]
	_, sized := sizeAt(ahead)
	if !sized && !bytes.HasPrefix(ahead, []byte("morethan1eb")) {
		return false
	}
	behind := t[max(0, from-40):from]
	if bytes.HasSuffix(bytes.TrimRight(behind, ".:,!"), []byte("outofmemory")) {
		return true
	}
	return bytes.Contains(ahead, []byte("hasatotalcapac")) || bytes.Contains(ahead, []byte("totalcapacity;"))
}

// backends are the words before "out of memory".
var backends = []struct{ word, source string }{
	{"cuda", "PyTorch (CUDA)"}, {"hip", "PyTorch (HIP)"}, {"xpu", "PyTorch (XPU)"}, {"npu", "PyTorch (NPU)"},
	{"mlu", "PyTorch (MLU)"}, {"musa", "PyTorch (MUSA)"}, {"gcu", "PyTorch (GCU)"}, {"hpu", "PyTorch (HPU)"},
}

func sourceOf(behind []byte) string {
	word, _ := bytes.CutSuffix(bytes.TrimRight(behind, ".:,!"), []byte("outofmemory"))
	for _, backend := range backends {
		if bytes.HasSuffix(word, []byte(backend.word)) {
			return backend.source
		}
	}
	return "PyTorch"
}

// readNative reads a message of the native allocator behind "tried to allocate".
func (m *message) readNative(t, behind []byte) {
	m.source = sourceOf(behind)
	t = t[:min(len(t), longestMessage)]
	if at := next(t, "triedtoallocate", 0); at >= 0 {
		t = t[:at]
	}
	for _, ending := range endings {
		if at := next(t, ending, 0); at >= 0 {
			t = t[:at+len(ending)]
		}
	}
	f := &m.figures
	*f = unknownFigures(notSaid)
	m.exabyte = bytes.HasPrefix(t, []byte("morethan1eb"))
	f.Request, _ = sizeAt(t)
	m.device = deviceIn(t)
	m.wording = bareWording
	if capacity, old := before(t, "totalcapacity;"); old {
		m.wording = poolWording
		f.Capacity = capacity
		f.Allowed, _ = before(t, "allowed;")
		f.Free, _ = before(t, "free;")
		f.Used, _ = before(t, "alreadyallocated;")
		if f.Reserved, old = before(t, "reservedintotalbypytorch"); !old {
			f.Unallocated, _ = before(t, "cached)")
		}
	} else if at := next(t, "hasatotalcapac", 0); at >= 0 {
		m.wording = processWording
		m.readProcessWording(t)
	} else if next(t, "isallocatedbypytorch", 0) >= 0 {
		m.wording = processWording
		m.readProcessWording(t)
	}
	f.complete()
}

// readProcessWording reads the figures of a message since 2.1. "capacty" is
// how 2.1 spelled it.
func (m *message) readProcessWording(t []byte) {
	f := &m.figures
	capacity, found := after(t, "totalcapacityof")
	if !found {
		capacity, _ = after(t, "totalcapactyof")
	}
	f.Capacity = capacity
	f.Free, _ = before(t, "isfree")
	f.Allowed, _ = before(t, "allowed;oftheallocatedmemory")
	f.Process, m.own = after(t, "thisprocesshas")
	m.listed = holders(t)
	allocated, _ := before(t, "isallocatedbypytorch")
	// PyTorch adds the free blocks of private pools to what it calls allocated.
	parked, split := before(t, "allocatedinprivatepools")
	f.Unallocated, _ = before(t, "isreservedbypytorchbutunallocated")
	f.Parked = parked
	if !split && f.Unallocated.Known() {
		f.Parked = fragcalc.Unknown[int64]("not told apart in the message")
	}
	f.Used = allocated
	if a, known := allocated.Get(); known && split {
		f.Used = fragcalc.Unknown[int64](notPossible)
		if p, known := parked.Get(); known && p <= a {
			f.Used = fragcalc.Of(a - p)
		}
	}
}

// holders are the processes that a message lists.
func holders(t []byte) []Holder {
	const key = "process"
	var listed []Holder
	for at := next(t, key, 0); at >= 0 && len(listed) < mostProcesses; at = next(t, key, at+len(key)) {
		rest := t[at+len(key):]
		pid, digits := numberAt(rest)
		rest, has := bytes.CutPrefix(rest[digits:], []byte("has"))
		if digits == 0 || !has {
			continue
		}
		if size, found := sizeAt(rest); found {
			listed = append(listed, Holder{PID: pid, Bytes: size})
		}
	}
	return listed
}

// readAsync reads a message of the cudaMallocAsync backend.
func (m *message) readAsync(t, behind []byte) {
	m.source, m.wording = "PyTorch (cudaMallocAsync)", asyncWording
	t = t[:min(len(t), longestMessage/8)]
	m.device = fragcalc.Unknown[int64](notSaid)
	if at := bytes.LastIndex(behind, []byte("ondevice")); at >= 0 {
		if number, digits := numberAt(behind[at+len("ondevice"):]); digits > 0 && digits < 4 {
			m.device = fragcalc.Of(number)
		}
	}
	f := &m.figures
	*f = unknownFigures(notSaid)
	f.Used, _ = after(t, "currentlyallocated:")
	f.Request, _ = after(t, "requested:")
	f.Capacity, _ = after(t, "devicelimit:")
	f.Free, _ = after(t, "free(accordingtocuda):")
	f.Allowed, _ = after(t, "memoryfraction):")
}

// deviceIn is the number of the GPU. PyTorch 2.2 wrote it as a raw byte, so
// that some messages have none.
func deviceIn(t []byte) fragcalc.Known[int64] {
	for _, key := range [...]string{"gpu", "(npu", "(mlu", "(gcu"} {
		at := next(t, key, 0)
		if at < 0 {
			continue
		}
		if number, digits := numberAt(t[at+len(key):]); digits > 0 && digits < 4 {
			return fragcalc.Of(number)
		}
	}
	return fragcalc.Unknown[int64](notSaid)
}

// expandable tells whether a text shows expandable segments to be on. The
// advice in the message itself shows nothing: it stands there either way.
func expandable(t []byte) state {
	const key = "expandable_segments"
	for at := next(t, key, 0); at >= 0; at = next(t, key, at+len(key)) {
		advice := bytes.Contains(t[max(0, at-48):at], []byte("trysetting"))
		value := t[at+len(key) : min(len(t), at+len(key)+8)]
		if !advice && bytes.HasPrefix(bytes.TrimLeft(value, `:='"`), []byte("true")) {
			return on
		}
	}
	return notTold
}

func unknownFigures(reason string) Figures {
	u := fragcalc.Unknown[int64](reason)
	return Figures{Request: u, Capacity: u, Free: u, Allowed: u, Process: u, Reserved: u, Used: u, Parked: u, Unallocated: u}
}

// complete computes what follows from the other figures.
func (f *Figures) complete() {
	used, hasUsed := f.Used.Get()
	unallocated, hasUnallocated := f.Unallocated.Get()
	reserved, hasReserved := f.Reserved.Get()
	switch {
	case hasUsed && hasUnallocated && !hasReserved:
		f.Reserved = fragcalc.Of(used + f.Parked.Or(0) + unallocated)
	case hasUsed && hasReserved && reserved >= used:
		f.Unallocated = fragcalc.Of(reserved - used)
	}
	// NVML's figure is nothing in some containers and drivers: a process that
	// holds less than its allocator reserved is not told.
	if process, known := f.Process.Get(); known && process < f.Reserved.Or(0)-f.Reserved.Or(0)/50 {
		f.Process = fragcalc.Unknown[int64]("less than PyTorch reserved")
	}
}

func (m message) explanation() Explanation {
	return Explanation{Source: m.source, Messages: m.count, Device: m.device, Figures: m.figures, Processes: m.listed}
}
