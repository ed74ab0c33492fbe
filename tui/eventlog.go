package tui

import (
	"slices"
	"strconv"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// mostEntries bounds the log; the oldest go first.
const mostEntries = 2000

// logEntry is something that was done or seen.
type logEntry struct {
	number int // counts all entries there ever were
	at     time.Time
	pid    int    // whom it is about; 0 = the node, a GPU or the monitor itself
	start  uint64 // when that process started, as fragcalc.ProcessID has it; 0 = not known
	text   string
	role   paint.Role
	report string // name of the report of an out-of-memory error; empty when there is none
	done   bool   // by this monitor, and not seen in a sample
	moment bool   // its history shows what was then
}

// eventLog remembers what was done and seen: events, processes that came and
// went, faults that appeared and went away, and what the user had done.
type eventLog struct {
	entries   []logEntry
	number    int
	events    map[eventKey]bool // that were seen
	at        time.Time         // of the sample seen last; zero before the first
	faults    map[faultKey]fragcalc.Fault
	sample    int                          // counts them
	processes map[fragcalc.RowID]*lastSeen // those of the sample seen last
	marked    map[fragcalc.RowID]markedUntil
	index     map[string]int // of the devices, by UUID
}

// lastSeen is a row as it was seen last.
type lastSeen struct {
	sample int
	memory fragcalc.Bytes // what it held
}

// mostEventKeys bounds what is remembered of events: more than samples bring again.
const mostEventKeys = 4096

// eventKey tells events apart.
type eventKey struct {
	at         int64
	pid        int
	kind, text string
}

// faultKey tells faults apart whatever their reason is at the moment.
type faultKey struct {
	scope fragcalc.Scope
	uuid  string
	pid   int
	field string
}

// add appends an entry.
func (l *eventLog) add(e logEntry) {
	l.number++
	e.number = l.number
	if len(l.entries) >= mostEntries {
		l.entries = slices.Clone(l.entries[mostEntries/10:]) // others hold on to the old ones
	}
	l.entries = append(l.entries, e)
}

// push takes a sample in. When time goes back, as it may in a replay, what was
// seen later is forgotten, and will be seen again.
func (l *eventLog) push(s *fragcalc.Snapshot, told func(*fragcalc.Event) bool) {
	if s.Report != nil {
		return
	}
	if s.At.Before(l.at) {
		l.rewind(s.At)
		entries, number := l.entries, l.number
		defer func() { l.entries, l.number = entries, number }() // what holds here was told when it began
	}
	first := l.at.IsZero()
	l.at = s.At
	l.index = make(map[string]int, len(s.GPUs))
	for i := range s.GPUs {
		l.index[s.GPUs[i].UUID] = s.GPUs[i].Index
	}
	l.happenings(s, told)
	l.comings(s, first)
	l.learnt(s)
}

// rewind forgets what was seen after a moment. What was done is done: its time
// is the clock's, not a sample's.
func (l *eventLog) rewind(to time.Time) {
	kept := l.entries[:0]
	for _, e := range l.entries {
		if e.done || !e.at.After(to) {
			kept = append(kept, e)
		}
	}
	for key := range l.events {
		if key.at > to.UnixNano() {
			delete(l.events, key)
		}
	}
	for id, until := range l.marked {
		l.marked[id] = until.forget(to)
	}
	l.entries, l.at = kept, time.Time{}
}

// happenings adds the events that are new: also one that is older than another
// process's that was seen before, whose page was read sooner. What a release of
// this monitor did is told by its outcome, and not once more by the process.
func (l *eventLog) happenings(s *fragcalc.Snapshot, told func(*fragcalc.Event) bool) {
	if l.events == nil || len(l.events) > mostEventKeys {
		before := l.events
		l.events = make(map[eventKey]bool, len(s.Events))
		for i := range s.Events {
			if key := keyOf(&s.Events[i]); before[key] {
				l.events[key] = true
			}
		}
	}
	for i := range s.Events {
		e := &s.Events[i]
		if l.events[keyOf(e)] {
			continue
		}
		l.events[keyOf(e)] = true
		if told(e) {
			continue
		}
		entry := logEntry{at: e.At, pid: e.PID, text: e.Text, moment: e.Kind == "release" || e.Kind == "oom"}
		if row, ok := rowOfPID(s, e.PID, 0); ok {
			entry.start = row.StartTicks
		}
		switch {
		case e.OOM != nil:
			entry.role, entry.report = paint.Warn, e.OOM.Report
		case e.Kind == "error":
			entry.role = paint.Warn
		}
		l.add(entry)
	}
}

func keyOf(e *fragcalc.Event) eventKey { return eventKey{e.At.UnixNano(), e.PID, e.Kind, e.Text} }

// comings adds processes that began or ceased to use a GPU. One that is not seen
// because the driver did not answer has not gone.
func (l *eventLog) comings(s *fragcalc.Snapshot, first bool) {
	l.sample++
	if l.processes == nil {
		l.processes = make(map[fragcalc.RowID]*lastSeen, len(s.Processes))
	}
	for i := range s.Processes {
		p := &s.Processes[i]
		seen := l.processes[p.RowID]
		if seen == nil {
			seen = &lastSeen{}
			l.processes[p.RowID] = seen
			if !first {
				l.add(logEntry{at: s.At, pid: p.PID, start: p.StartTicks, text: "came to " + l.device(p.GPUUUID) + ": " + p.Command})
			}
		}
		seen.sample, seen.memory = l.sample, p.GPUMemory
	}
	for id, seen := range l.processes {
		if seen.sample == l.sample {
			continue
		}
		if unanswered(s, id.GPUUUID) {
			continue
		}
		delete(l.processes, id)
		text := "left " + l.device(id.GPUUUID)
		if held, ok := seen.memory.Get(); ok {
			text += ", where it held " + (&draw.Look{}).Prose(held)
		}
		l.add(logEntry{at: s.At, pid: id.PID, start: id.StartTicks, text: text})
	}
	if first {
		l.add(logEntry{at: s.At, text: "watching " + draw.Plural(len(s.GPUs), "GPU") + ", " + draw.Plural(len(s.Processes), "row") + " of processes", role: paint.Muted})
	}
}

// unanswered tells whether a sample could not look at who uses a device. Who is
// never told of them, as in a container, sees those that publish a page go.
func unanswered(s *fragcalc.Snapshot, uuid string) bool {
	return slices.ContainsFunc(s.Faults, func(f fragcalc.Fault) bool {
		return f.Scope == fragcalc.ScopeNode && f.Field == "nvml" ||
			f.Scope == fragcalc.ScopeGPU && f.GPUUUID == uuid && (f.Field == "nvml" || f.Field == "processes")
	})
}

// learnt adds faults that appeared, and those that went away while what they are
// about is still there.
func (l *eventLog) learnt(s *fragcalc.Snapshot) {
	now := make(map[faultKey]fragcalc.Fault, len(s.Faults))
	for _, f := range s.Faults {
		key := faultKey{f.Scope, f.GPUUUID, f.PID, f.Field}
		if _, twice := now[key]; twice {
			continue
		}
		now[key] = f
		if _, was := l.faults[key]; !was {
			l.add(logEntry{at: s.At, pid: f.PID, text: faultText(s, &f), role: paint.Warn})
		}
	}
	var living map[int]bool // made when it is needed first, which is seldom
	for key, f := range l.faults {
		if _, is := now[key]; is {
			continue
		}
		if living == nil {
			living = l.living()
		}
		if key.pid != 0 && !living[key.pid] {
			continue
		}
		l.add(logEntry{at: s.At, pid: key.pid, text: "no longer: " + faultText(s, &f), role: paint.OK})
	}
	l.faults = now
}

// faultText is a fault without the process, which stands beside it.
func faultText(s *fragcalc.Snapshot, f *fragcalc.Fault) string {
	about := *f
	about.PID = 0
	if f.PID != 0 {
		about.GPUUUID = ""
	}
	return faultWords(s, &about)
}

// living are the PIDs that were seen last.
func (l *eventLog) living() map[int]bool {
	pids := make(map[int]bool, len(l.processes))
	for id := range l.processes {
		pids[id.PID] = true
	}
	return pids
}

func (l *eventLog) device(uuid string) string {
	if index, ok := l.index[uuid]; ok {
		return "GPU " + strconv.Itoa(index)
	}
	return "an unknown GPU"
}
