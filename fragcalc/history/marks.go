package history

import (
	"cmp"
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
	// mostAtOnce bounds what a page may claim of one moment.
	mostAtOnce = 1_000_000
	// settled is how long a counter may come after the event that it counts, or
	// before it.
	settled = 10 * time.Second
)

// marks are what happened in a series, in the order of arrival.
type marks struct {
	list    []Mark
	counted [KindCount]counted
	told    time.Time // of the newest event that was looked at
}

// counted brings a counter and the events together that tell of the same.
type counted struct {
	known bool
	value int64
	ahead int64     // how many more the events told than the counter; less than 0: the counter is ahead
	since time.Time // when that last changed
}

// Marks are what happened to a row within a frame, oldest first.
func (n *Node) Marks(id fragcalc.RowID, f Frame) []Mark {
	row := n.Row(id)
	if row == nil {
		return nil
	}
	return inOrder(row.marks.within(nil, f, 0))
}

// GPUMarks are what happened on a device within a frame, oldest first, also to
// processes that have gone.
func (n *Node) GPUMarks(uuid string, f Frame) []Mark {
	var all []Mark
	for id, row := range n.rows {
		if id.GPUUUID == uuid {
			all = row.marks.within(all, f, id.PID)
		}
	}
	for i := range n.gone {
		if id := n.gone[i].id; id.GPUUUID == uuid {
			all = n.gone[i].series.marks.within(all, f, id.PID)
		}
	}
	if device := n.gpus[uuid]; device != nil {
		all = device.marks.within(all, f, 0)
	}
	return inOrder(all)
}

// within appends the marks in a frame; pid is whose they are, 0 where they say
// so themselves.
func (m *marks) within(to []Mark, f Frame, pid int) []Mark {
	for _, mark := range m.list {
		if _, ok := f.Cell(mark.At); ok {
			mark.PID = cmp.Or(pid, mark.PID)
			to = append(to, mark)
		}
	}
	return to
}

func inOrder(all []Mark) []Mark {
	slices.SortFunc(all, func(a, b Mark) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.PID, b.PID), cmp.Compare(a.Text, b.Text))
	})
	return all
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
	for _, counter := range [...]struct {
		kind Kind
		fragcalc.Count
	}{{OOM, p.OOMs}, {Retry, p.AllocRetries}} {
		now, known := counter.Get()
		if !known {
			continue
		}
		c := &s.marks.counted[counter.kind]
		risen := min(now-c.value, mostAtOnce)
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
			s.marks.add(Mark{At: at, Kind: counter.kind, Count: risen})
		}
	}
}

// settle forgets a difference that is too old to be made up for.
func (c *counted) settle(at time.Time) {
	if at.Sub(c.since) > settled {
		c.ahead = 0
	}
}

// noteEvents marks those events of a process that are new and of the row's
// device, or of none. What a counter has told of already gets its words.
func (s *Series) noteEvents(at time.Time, events []*fragcalc.Event, uuid string) {
	m := &s.marks
	newest := m.told
	for _, e := range events {
		if !e.At.After(m.told) || e.GPUUUID != "" && e.GPUUUID != uuid {
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
			mark.Count += min(int64(max(e.OOM.More, 0)), mostAtOnce)
		}
		m.noteOOM(mark, at)
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
