package history

import (
	"slices"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Kind is what a mark stands for.
type Kind uint8

// The kinds, the gravest first.
const (
	OOM     Kind = iota // an allocation was refused
	Release             // a cache was released on request
	Retry               // the allocator gave its cache back and asked again
	KindCount
)

// Mark is something that happened at a moment. A mark that is known from a
// counter alone was at some time between its sample and the one before.
type Mark struct {
	At    time.Time
	Kind  Kind
	Count int64  // how often
	PID   int    // whose; 0 in the history of a process
	Text  string // what is told of it; empty where only a counter tells
}

const (
	// mostMarks bounds those of a series; the oldest go.
	mostMarks = 64
	// mostText bounds what is told of one, in bytes.
	mostText = 200
	// settled is how long a counter may come after the event that it counts, or
	// before it.
	settled = 10 * time.Second
)

// marks are what happened in a series, in the order of arrival.
type marks struct {
	list    []Mark
	counted [KindCount]counted
	told    time.Time // of the newest event that was looked at
	sum     uint64    // how many there have been, also of those forgotten
	copied  map[int]uint64
}

// counted brings a counter and the events together that tell of the same.
type counted struct {
	known bool
	value int64
	ahead int64     // how many more the events told than the counter; less than 0: the counter is ahead
	since time.Time // when that last changed
}

// Marks are what happened within a frame, oldest first.
func (s *Series) Marks(f Frame) []Mark {
	if s == nil {
		return nil
	}
	var within []Mark
	for _, m := range s.marks.list {
		if _, ok := f.Cell(m.At); ok {
			within = append(within, m)
		}
	}
	slices.SortStableFunc(within, func(a, b Mark) int { return a.At.Compare(b.At) })
	return within
}

// Count is how often something happened after a moment.
func (s *Series) Count(kind Kind, after time.Time) int64 {
	n := int64(0)
	if s == nil {
		return n
	}
	for i := range s.marks.list {
		if m := &s.marks.list[i]; m.Kind == kind && m.At.After(after) {
			n += m.Count
		}
	}
	return n
}

func (m *marks) add(mark Mark) {
	if len(mark.Text) > mostText {
		mark.Text = mark.Text[:runeStart(mark.Text, mostText)]
	}
	if len(m.list) == mostMarks {
		copy(m.list, m.list[1:])
		m.list = m.list[:mostMarks-1]
	}
	m.list = append(m.list, mark)
	m.sum++
}

// runeStart is the last place up to at where a character begins.
func runeStart(s string, at int) int {
	for at > 0 && s[at]&0xC0 == 0x80 {
		at--
	}
	return at
}

// noteCounters marks what the counters of a process have risen by since they
// were last known. A counter that fell has begun anew.
func (s *Series) noteCounters(at time.Time, p *fragcalc.Process) {
	for kind, counter := range map[Kind]fragcalc.Count{OOM: p.OOMs, Retry: p.AllocRetries} {
		now, known := counter.Get()
		if !known {
			continue
		}
		c := &s.marks.counted[kind]
		risen := now - c.value
		first := !c.known
		c.known, c.value = true, now
		if first || risen <= 0 {
			continue
		}
		c.settle(at)
		if told := min(risen, max(c.ahead, 0)); told > 0 {
			c.ahead -= told
			risen -= told
		}
		if risen > 0 {
			c.ahead -= risen
			c.since = at
			s.marks.add(Mark{At: at, Kind: kind, Count: risen})
		}
	}
}

// settle forgets a difference that is too old to be made up for.
func (c *counted) settle(at time.Time) {
	if at.Sub(c.since) > settled {
		c.ahead = 0
	}
}

// noteEvents marks the events of a sample that are new and its own. What a
// counter has told of already gets its words.
func (s *Series) noteEvents(snapshot *fragcalc.Snapshot, own func(*fragcalc.Event) bool) {
	m := &s.marks
	newest := m.told
	for i := range snapshot.Events {
		e := &snapshot.Events[i]
		if !e.At.After(m.told) || !own(e) {
			continue
		}
		if e.At.After(newest) {
			newest = e.At
		}
		mark := Mark{At: e.At, Count: 1, Text: e.Text}
		switch e.Kind {
		case "release":
			mark.Kind = Release
			m.add(mark)
			continue
		case "oom":
			mark.Kind = OOM
		default:
			continue
		}
		if e.OOM != nil {
			mark.Count += int64(max(e.OOM.More, 0))
		}
		m.noteOOM(mark, snapshot.At)
	}
	m.told = newest
}

// noteOOM marks an out-of-memory error that an event tells of.
func (m *marks) noteOOM(mark Mark, at time.Time) {
	c := &m.counted[mark.Kind]
	c.settle(at)
	if counted := min(mark.Count, max(-c.ahead, 0)); counted > 0 {
		c.ahead += counted
		mark.Count -= counted
		m.describe(mark.Kind, mark.Text, mark.At)
	}
	if mark.Count > 0 {
		if c.known { // nothing counts where there is no counter
			c.ahead += mark.Count
			c.since = at
		}
		m.add(mark)
	}
}

// describe says of the newest mark that only a counter has told of what it was,
// and when.
func (m *marks) describe(kind Kind, text string, at time.Time) {
	for i := range slices.Backward(m.list) {
		if mark := &m.list[i]; mark.Kind == kind && mark.Text == "" {
			mark.Text, mark.At = text, at
			return
		}
	}
}

// copyMarks takes over what has newly happened to a process of the device.
func (s *Series) copyMarks(row *Series, pid int) {
	if row == nil || row.marks.sum == 0 {
		return
	}
	if s.marks.copied == nil {
		s.marks.copied = make(map[int]uint64)
	}
	list := row.marks.list
	have := s.marks.copied[pid]
	if have > row.marks.sum { // another process has that number now
		have = 0
	}
	for _, mark := range list[len(list)-int(min(row.marks.sum-have, uint64(len(list)))):] {
		mark.PID = pid
		s.marks.add(mark)
	}
	s.marks.copied[pid] = row.marks.sum
}
