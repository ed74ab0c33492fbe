package tui

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/change"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// nodeChangeView lists the processes by what is different in their figures since
// the mark; without a mark, since the walk before, of each its own.
type nodeChangeView struct {
	processes table.Table[changedProcess, fragcalc.RowID]
	marked    *fragcalc.Snapshot
	known     bool // of some process there are two moments
	fresh     bool // nobody has chosen a row since there is something to choose
}

// changedProcess is a process at two moments.
type changedProcess struct {
	interval
	before, after *fragcalc.Process // one that was not there held nothing
	id            fragcalc.RowID
	gpu           string
}

func newNodeChangeView() *nodeChangeView {
	return &nodeChangeView{processes: table.Table[changedProcess, fragcalc.RowID]{Name: "changed processes", One: "process",
		Columns: changedProcessColumns(), Identity: func(r *changedProcess) fragcalc.RowID { return r.id },
		Words: func(r *changedProcess) []string {
			return []string{strconv.Itoa(r.id.PID), r.after.User, r.after.Command, r.fate()}
		}}}
}

// fate is whether the process came or went.
func (r *changedProcess) fate() string {
	switch {
	case r.interval.before.process == nil:
		return "new"
	case r.interval.after.process == nil:
		return "gone"
	}
	return ""
}

// there is the process as it was seen, when it was.
func (r *changedProcess) there() *fragcalc.Process {
	if p := r.interval.after.process; p != nil {
		return p
	}
	return r.interval.before.process
}

func (r *changedProcess) by(figure func(*fragcalc.Process) fragcalc.Bytes) fragcalc.Bytes {
	return change.By(figure(r.before), figure(r.after))
}

func changedProcessColumns() []table.Column[changedProcess] {
	sized := func(title, key, help string, width, rank int, t tone, figure func(*fragcalc.Process) fragcalc.Bytes) table.Column[changedProcess] {
		c := changedSize(title, key, help, width, rank, t, func(r *changedProcess) fragcalc.Bytes { return r.by(figure) })
		toned := c.Text
		c.Text = func(l *draw.Look, r *changedProcess) (string, paint.Role) {
			text, role := toned(l, r)
			if r.fate() != "" && role != paint.Muted { // what comes or goes as a whole is neither good nor bad
				role = paint.Text
			}
			return text, role
		}
		return c
	}
	counted := func(title, key, help string, width, rank int, figure func(*fragcalc.Process) fragcalc.Count) table.Column[changedProcess] {
		return table.Column[changedProcess]{Title: title, Key: key, Help: help, Width: width, Rank: rank, Right: true,
			By:   query.Count(func(r *changedProcess) (int64, bool) { return r.by(figure).Get() }),
			Text: func(l *draw.Look, r *changedProcess) (string, paint.Role) { return timesText(l, r.by(figure), worseUp) }}
	}
	worded := func(title, key, help string, width, most, rank int, text func(*changedProcess) string) table.Column[changedProcess] {
		return table.Column[changedProcess]{Title: title, Key: key, Help: help, Width: width, Most: most, Rank: rank, By: query.Word(text),
			Text: func(l *draw.Look, r *changedProcess) (string, paint.Role) {
				if s := text(r); s != "" {
					return s, paint.Text
				}
				return l.Glyphs.Dash, paint.Muted
			}}
	}
	pid := worded("PID", "pid", "number of the process", 7, 12, 0, func(r *changedProcess) string { return rowName(r.id) })
	pid.Right = true
	gpu := worded("GPU", "gpu", "index of the GPU", 3, 0, 5, func(r *changedProcess) string { return r.gpu })
	gpu.Right = true
	fate := worded("", "fate", "new or gone", 4, 0, 3, (*changedProcess).fate)
	fate.Text = func(_ *draw.Look, r *changedProcess) (string, paint.Role) { return r.fate(), paint.Accent }
	command := worded("COMMAND", "command", "command line", 11, 0, 6, func(r *changedProcess) string { return r.there().Command })
	command.Flex = true
	command.Text = func(l *draw.Look, r *changedProcess) (string, paint.Role) {
		return orDash(l, commandLine(l, r.there())), paint.Text
	}
	return []table.Column[changedProcess]{
		pid, fate,
		worded("USER", "user", "user", 5, 10, 9, func(r *changedProcess) string { return r.there().User }),
		gpu,
		sized("GPU-MEM", "memory", "what NVML charges to it", 7, 7, neutral, func(p *fragcalc.Process) fragcalc.Bytes { return p.GPUMemory }),
		sized("RESERVED", "reserved", "held from the driver", 8, 2, neutral, func(p *fragcalc.Process) fragcalc.Bytes { return p.Reserved }),
		sized("USED", "used", "in live blocks", 7, 4, neutral, func(p *fragcalc.Process) fragcalc.Bytes { return p.Used }),
		sized("STRANDED", sortStranded, "in holes beside live blocks", 8, 1, worseUp, func(p *fragcalc.Process) fragcalc.Bytes { return p.Stranded }),
		sized("LARGEST", "largest", "largest free block", 7, 8, betterUp, func(p *fragcalc.Process) fragcalc.Bytes { return p.LargestFree }),
		counted("RETRIES", "retries", "the cache was released for an allocation", 7, 10, func(p *fragcalc.Process) fragcalc.Count { return p.AllocRetries }),
		counted("OOMS", "ooms", "allocations that failed", 4, 11, func(p *fragcalc.Process) fragcalc.Count { return p.OOMs }),
		command,
	}
}

func (v *nodeChangeView) list() table.Listing { return &v.processes }

func (v *nodeChangeView) refresh(w *world) {
	v.fresh = v.fresh || v.marked != w.mark
	v.marked = w.mark
	ids := make([]fragcalc.RowID, 0, len(w.snapshot.Processes))
	known := map[fragcalc.RowID]bool{}
	for _, s := range [...]*fragcalc.Snapshot{w.snapshot, w.mark} {
		if s == nil {
			continue
		}
		for i := range s.Processes {
			if id := s.Processes[i].RowID; !known[id] {
				known[id] = true
				ids = append(ids, id)
			}
		}
	}
	rows := make([]changedProcess, 0, len(ids))
	for _, id := range ids {
		row := changedProcess{id: id, gpu: "?"}
		var ok bool
		if row.interval, ok = w.interval(id); !ok {
			continue
		}
		row.before, row.after = row.sides()
		if gpu, ok := w.gpu(id.GPUUUID); ok {
			row.gpu = strconv.Itoa(gpu.Index)
		}
		rows = append(rows, row)
	}
	v.known = len(rows) > 0
	size := func(b fragcalc.Bytes) int64 { n := b.Or(0); return max(n, -n) }
	stranded := func(r *changedProcess) int64 {
		return size(r.by(func(p *fragcalc.Process) fragcalc.Bytes { return p.Stranded }))
	}
	reserved := func(r *changedProcess) int64 {
		return size(r.by(func(p *fragcalc.Process) fragcalc.Bytes { return p.Reserved }))
	}
	slices.SortStableFunc(rows, func(a, b changedProcess) int {
		return cmp.Or(cmp.Compare(stranded(&b), stranded(&a)), cmp.Compare(reserved(&b), reserved(&a)), cmp.Compare(a.id.PID, b.id.PID))
	})
	v.processes.Fill(w.look, rows)
	if v.fresh {
		v.processes.MoveTo(0)
	}
	v.fresh = v.fresh && w.mark != nil && w.mark.At.Equal(w.snapshot.At)
}

func (v *nodeChangeView) key(a *app, message tea.KeyMsg) (tea.Cmd, bool) {
	return nil, message.String() == "esc" && a.clearFilter()
}

func (v *nodeChangeView) move(_ *world, m table.Motion) {
	v.fresh = false
	v.processes.Move(m)
}

func (v *nodeChangeView) down(w *world) (place, bool) {
	row, ok := v.processes.Current()
	if !ok {
		return place{}, false
	}
	next := w.place
	next.level, next.row = processLevel, row.id
	return next, true
}

func (v *nodeChangeView) render(w *world, width, height int) []string {
	l := w.look
	if !v.known {
		return nothingToCompare(l, width)
	}
	lines := []string{v.head(w, width)}
	if height >= roomyList {
		lines = append(lines, "")
	}
	return append(lines, v.processes.Render(l, width, height-len(lines), true)...)
}

// head says since when.
func (v *nodeChangeView) head(w *world, width int) string {
	l := w.look
	line := l.Line(width).PadTo(1).Text(paint.Title, "Change")
	switch {
	case v.marked == nil:
		fitEnd(l, line, paint.Text, " since the walk before, of each process its own")
		if line.Room() > len(markHint)+3 {
			line.Text(paint.Muted, l.Glyphs.Dot+markHint)
		}
		return line.String()
	case v.marked.At.Equal(w.snapshot.At):
		fitEnd(l, line, paint.Text, " since the mark, "+v.marked.At.Format(time.TimeOnly)+": the moment that is shown")
		return line.String()
	}
	i := interval{before: moment{at: v.marked.At}, after: moment{at: w.snapshot.At}, marked: true}
	if i.back = v.marked.At.After(w.snapshot.At); i.back {
		i.before, i.after = i.after, i.before
	}
	return intervalLine(l, &i, width)
}

// roomyList is the height from which a list has a blank line above it.
const roomyList = 16

func (v *nodeChangeView) summary(w *world) []string {
	row, ok := v.processes.Current()
	if !ok {
		return nil
	}
	l := w.look
	who := rowName(row.id) + ": "
	held := func(p *fragcalc.Process) string {
		if n, ok := p.Reserved.Get(); ok {
			return l.Prose(n) + " reserved"
		}
		if n, ok := p.GPUMemory.Get(); ok {
			return l.Prose(n) + " of GPU memory"
		}
		return "what it holds is unknown"
	}
	switch row.fate() {
	case "new":
		return []string{who + "was not there at " + row.interval.before.at.Format(time.TimeOnly) + ", " + held(row.there()) + "."}
	case "gone":
		return []string{who + "was there at " + row.interval.before.at.Format(time.TimeOnly) + " and no longer at " +
			row.interval.after.at.Format(time.TimeOnly) + ", " + held(row.there()) + "."}
	}
	facts := []string{who + "from " + row.interval.before.at.Format(time.TimeOnly) + ", over " + units.Age(row.interval.after.at.Sub(row.interval.before.at)) + "."}
	if by := row.by(func(p *fragcalc.Process) fragcalc.Bytes { return p.Stranded }); !by.Known() {
		facts = append(facts, "Its holes cannot be compared: "+by.Reason()+".")
	} else if n := by.Or(0); n != 0 {
		fact := "Stranded " + signedSize(l, n) + "."
		if s, ok := w.swing(row.id); ok {
			fact = s.against(l, n)
		}
		facts = append(facts, fact)
	}
	return append(facts, l.Glyphs.Enter+" shows what was allocated, freed and newly stranded.")
}

func (v *nodeChangeView) position() (at, of int) { return v.processes.Index, len(v.processes.Rows) }

func (v *nodeChangeView) bar(k *keyMap) []key.Binding {
	return []key.Binding{k.Enter, k.Back, k.Mark, k.NextTab, k.Sort, k.Filter, k.Pause, k.Units, k.Help, k.Quit}
}
