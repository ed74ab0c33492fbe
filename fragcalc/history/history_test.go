package history

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

var (
	known = fragcalc.Of[int64]
	busy  = fragcalc.Unknown[int64]("busy")
)

func rowID(pid int, gpu string) fragcalc.RowID {
	return fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: pid}, GPUUUID: gpu}
}

func process(pid int, gpu string, change func(*fragcalc.Process)) fragcalc.Process {
	p := fragcalc.Process{RowID: rowID(pid, gpu)}
	change(&p)
	return p
}

// newest is a figure as it was last; false where it was not known then.
func newest(s *Series, figure Figure) (int64, bool) {
	cells := s.Cells(figure, Window(0).Frame(60, s.At()))
	if cells == nil {
		return 0, false
	}
	last := cells[len(cells)-1]
	return int64(last), last >= 0
}

func TestADeviceSumsWhatItsProcessesTell(t *testing.T) {
	gpus := []fragcalc.GPU{
		{UUID: "A", MemoryUsed: known(50), MemoryFree: known(30)},
		{UUID: "B", MemoryUsed: busy},
		{UUID: "C", MemoryUsed: known(0)},
	}
	n := New()
	n.Push(&fragcalc.Snapshot{At: epoch, GPUs: gpus, Processes: []fragcalc.Process{
		process(1, "A", func(p *fragcalc.Process) {
			p.Reserved, p.Used, p.Stranded = known(20), known(10), known(4)
			p.Slack, p.LargestFree = known(9), known(9)
		}),
		process(2, "A", func(p *fragcalc.Process) { p.Reserved, p.Used, p.Stranded = known(7), known(7), busy }),
		process(3, "B", func(p *fragcalc.Process) { p.GPUMemory = known(5) }),
	}})
	for _, c := range []struct {
		gpu    string
		figure Figure
		want   int64 // -1 = unknown
	}{
		{"A", Memory, 50}, {"A", DeviceFree, 30}, {"A", Reserved, 27}, {"A", Used, 17}, {"A", Stranded, 4},
		{"A", Slack, -1}, {"A", LargestFree, -1},
		{"B", Memory, -1}, {"B", DeviceFree, -1}, {"B", Reserved, -1}, {"B", Used, -1},
		{"C", Memory, 0}, {"C", Reserved, 0}, {"C", Stranded, 0}, // nobody is there
	} {
		got, ok := newest(n.GPU(c.gpu), c.figure)
		if ok != (c.want >= 0) || ok && got != c.want {
			t.Errorf("%s, figure %d: %d, %v; want %d", c.gpu, c.figure, got, ok, c.want)
		}
	}
	if got, ok := newest(n.Row(rowID(3, "B")), Memory); !ok || got != 5 {
		t.Errorf("what the driver charges to a process: %d", got)
	}
	if n.GPU("D") != nil || n.Row(rowID(9, "A")) != nil || n.GPU("D").Cells(Used, DefaultWindow.Frame(9, epoch)) != nil {
		t.Error("a history of what is not there")
	}
}

func TestARowThatHasGoneIsRememberedForAWhile(t *testing.T) {
	n := New()
	at := epoch
	push := func(pids ...int) {
		s := &fragcalc.Snapshot{At: at, GPUs: []fragcalc.GPU{{UUID: "A"}}}
		for _, pid := range pids {
			s.Processes = append(s.Processes, process(pid, "A", func(p *fragcalc.Process) {
				p.Reserved, p.OOMs = known(int64(pid)), known(int64(at.Sub(epoch)/time.Second))
			}))
		}
		n.Push(s)
		at = at.Add(time.Second)
	}
	frame := func() Frame { return DefaultWindow.Frame(60, at) }
	push(1)
	push(1) // an OOM
	push()
	if n.Row(rowID(1, "A")).Cells(Reserved, frame()) == nil || len(n.Marks(rowID(1, "A"), frame())) != 1 {
		t.Error("gone at once")
	}
	push(1) // it was only not seen
	if got := n.Row(rowID(1, "A")).Cells(Reserved, Window(0).Frame(60, at)); got[55] != 1 || got[58] != 1 {
		t.Errorf("%v", got[50:])
	}
	if len(n.gone) != 0 || len(n.GPUMarks("A", frame())) != 2 {
		t.Errorf("%d have gone, %v", len(n.gone), n.GPUMarks("A", frame()))
	}
	push()
	for pid := range mostGone {
		push(100 + pid)
	}
	push()
	if n.Row(rowID(1, "A")) != nil || n.Row(rowID(100, "A")) == nil {
		t.Error("not the one that went first was forgotten")
	}
	// What happened to it is still told of the device.
	got := n.GPUMarks("A", frame())
	if len(got) != 2 || got[0].PID != 1 || got[0].Count != 1 || got[1].Count != 2 {
		t.Errorf("%v", got)
	}
}

// heard are the marks of a row as text: when, what, how often, the words.
func heard(n *Node, id fragcalc.RowID) string {
	var texts []string
	for _, m := range n.Marks(id, Longest.Frame(10000, epoch.Add(30*time.Minute))) {
		texts = append(texts, fmt.Sprintf("%v %c x%d %s", m.At.Sub(epoch).Seconds(), "ORt"[m.Kind], m.Count, m.Text))
	}
	return strings.Join(texts, ", ")
}

func TestMarks(t *testing.T) {
	after := func(seconds float64) time.Time { return epoch.Add(time.Duration(seconds * float64(time.Second))) }
	oom := func(seconds float64, more int) fragcalc.Event {
		return fragcalc.Event{At: after(seconds), PID: 1, Kind: "oom", Text: "no room", OOM: &fragcalc.OOM{More: more}}
	}
	type sample struct {
		at            float64
		ooms, retries fragcalc.Count
		events        []fragcalc.Event
	}
	release := fragcalc.Event{At: after(4.5), PID: 1, Kind: "release", Text: "released 8.1 GiB"}
	for _, c := range []struct {
		name    string
		samples []sample
		want    string
	}{
		{"what was before the first sample has no moment", []sample{{0, known(7), known(3), nil}}, ""},
		{"counters that rise", []sample{{0, known(7), known(3), nil}, {1, known(8), known(3), nil}, {2, known(8), known(6), nil}}, "1 O x1 , 2 t x3 "},
		{"a counter that is unknown meanwhile", []sample{{0, known(7), busy, nil}, {1, busy, busy, nil}, {2, known(9), busy, nil}}, "2 O x2 "},
		{"a counter that begins anew", []sample{{0, known(7), known(7), nil}, {1, known(1), known(0), nil}, {2, known(2), known(0), nil}}, "2 O x1 "},
		{"an event and its counter together", []sample{{0, known(0), busy, nil}, {1, known(1), busy, []fragcalc.Event{oom(0.5, 0)}}}, "0.5 O x1 no room"},
		{"the counter first", []sample{{0, known(0), busy, nil}, {1, known(1), busy, nil}, {2, known(1), busy, []fragcalc.Event{oom(0.5, 0)}}}, "0.5 O x1 no room"},
		{"the event first", []sample{{0, known(0), busy, nil}, {1, known(0), busy, []fragcalc.Event{oom(0.5, 0)}}, {2, known(1), busy, []fragcalc.Event{oom(0.5, 0)}}}, "0.5 O x1 no room"},
		{"an event for several", []sample{{0, known(0), busy, nil}, {1, known(3), busy, []fragcalc.Event{oom(0.5, 2)}}}, "0.5 O x3 no room"},
		{"more counted than told", []sample{{0, known(0), busy, nil}, {1, known(3), busy, []fragcalc.Event{oom(0.5, 0)}}}, "0.5 O x3 no room"},
		{"an event that no counter counts", []sample{{0, busy, busy, nil}, {1, busy, busy, []fragcalc.Event{oom(0.5, 0)}}}, "0.5 O x1 no room"},
		{"another error long after one that was not counted", []sample{
			{0, known(0), busy, nil}, {1, known(0), busy, []fragcalc.Event{oom(0.5, 0)}}, {60, known(1), busy, nil},
		}, "0.5 O x1 no room, 60 O x1 "},
		{"what cannot be", []sample{{0, known(-1 << 62), busy, nil}, {1, known(1 << 62), busy, nil}, {2, known(1<<62 + 1), busy, []fragcalc.Event{oom(100, 1<<40)}}}, "100 O x1 no room, 100 O x1000000 no room"},
		{"a release is told once", []sample{{4, busy, busy, nil}, {5, busy, busy, []fragcalc.Event{release}}, {6, busy, busy, []fragcalc.Event{release}}}, "4.5 R x1 released 8.1 GiB"},
		{"other events", []sample{{0, busy, busy, []fragcalc.Event{{At: epoch, PID: 1, Kind: "error"}, {At: epoch, PID: 2, Kind: "oom"}, {At: epoch, PID: 1, GPUUUID: "B", Kind: "oom"}}}}, ""},
	} {
		n := New()
		for _, s := range c.samples {
			n.Push(&fragcalc.Snapshot{At: after(s.at), Events: s.events, GPUs: []fragcalc.GPU{{UUID: "A"}}, Processes: []fragcalc.Process{
				process(1, "A", func(p *fragcalc.Process) { p.Reserved, p.OOMs, p.AllocRetries = known(1), s.ooms, s.retries })}})
		}
		if got := heard(n, rowID(1, "A")); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMarksAreBounded(t *testing.T) {
	n := New()
	long := strings.Repeat("ä", mostText)
	for i := range 3 * mostMarks {
		at := epoch.Add(time.Duration(i) * time.Second)
		n.Push(&fragcalc.Snapshot{At: at, Processes: []fragcalc.Process{process(1, "A", func(p *fragcalc.Process) { p.Reserved = known(1) })},
			Events: []fragcalc.Event{{At: at, PID: 1, Kind: "release", Text: long}}})
	}
	got := n.Marks(rowID(1, "A"), Longest.Frame(100, epoch.Add(3*mostMarks*time.Second)))
	if len(got) != mostMarks || !got[len(got)-1].At.Equal(epoch.Add((3*mostMarks-1)*time.Second)) {
		t.Errorf("%d marks", len(got))
	}
	if text := got[0].Text; len(text) > mostText || strings.ToValidUTF8(text, "?") != text {
		t.Errorf("%q", text)
	}
	if !slices.IsSortedFunc(got, func(a, b Mark) int { return a.At.Compare(b.At) }) {
		t.Error("not in order")
	}
}

// Where the processes of a device cannot be listed, nothing of them is 0.
func TestADeviceWhoseProcessesAreNotListed(t *testing.T) {
	gpu := fragcalc.GPU{UUID: "GPU-0"}
	s := &fragcalc.Snapshot{GPUs: []fragcalc.GPU{gpu}}
	if used := OfGPU(&gpu, s)[Used]; used != fragcalc.Of[int64](0) {
		t.Errorf("no process: %v", used)
	}
	s.Faults = []fragcalc.Fault{{Scope: fragcalc.ScopeGPU, GPUUUID: "GPU-0", Field: "processes", Reason: "no answer"}}
	if used := OfGPU(&gpu, s)[Used]; used.Known() {
		t.Errorf("not listed: %v", used)
	}
}
