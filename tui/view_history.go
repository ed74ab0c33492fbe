package tui

import (
	"slices"
	"strconv"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// historyView shows the last hour of the selected device, or of a process. What
// is selected, and where Enter leads to, the list of the level knows; who stands
// beside whom, the list of the node.
type historyView struct {
	list   view // of the level
	node   *nodeView
	device bool // of a device: at the level of the node
	of     subject
	alone  lonely    // a device without a process in the list
	cursor time.Time // the moment that is looked at; zero = now
	cells  int       // of the main chart when last rendered
}

// lonely is a device that was gone to although no process in the list is on it:
// the list marks the one of the selected process. That lasts until the history
// is left, or another process is selected.
type lonely struct {
	uuid     string
	selected fragcalc.RowID
}

// finest is more cells than any window has.
const finest = 1000

func newHistoryView(list view, node *nodeView) *historyView {
	return &historyView{list: list, node: node, device: list == view(node), cells: finest}
}

// frame is that of the main chart.
func (v *historyView) frame(w *world) history.Frame { return w.frame(v.cells) }

func (v *historyView) refresh(w *world) {
	v.list.refresh(w)
	v.of = subject{}
	switch {
	case !v.device:
		v.of = pastOfProcess(w, w.place.row, w.here().process)
	case len(v.node.gpus.Rows) > 0:
		if v.alone.uuid != "" && v.alone.selected == v.node.processes.Selected {
			v.node.gpus.Find(v.alone.uuid)
		}
		row, _ := v.node.gpus.Current()
		v.of = pastOfGPU(w, &row.GPU)
	}
}

// move goes to another device or process, and in the history of a process also
// from end to end.
func (v *historyView) move(w *world, m table.Motion) {
	switch {
	case v.device:
		v.node.gpus.Move(m)
		v.choose()
		v.refresh(w)
	case m == table.ToFirst:
		v.cursor = v.frame(w).Begin(0)
	case m == table.ToLast:
		v.cursor = time.Time{}
	case m == table.LineUp || m == table.HalfUp || m == table.PageUp:
		v.beside(w, -1)
	default:
		v.beside(w, 1)
	}
}

// beside goes to the process beside this one in the list of the node; from one
// that has gone, to the one that is selected there.
func (v *historyView) beside(w *world, by int) {
	v.node.refresh(w)
	rows := &v.node.processes
	at := rows.Index
	if rows.Find(w.place.row) {
		at = rows.Index + by
	}
	for at >= 0 && at < len(rows.Rows) && rows.Rows[at].group != nil {
		at += by
	}
	if at >= 0 && at < len(rows.Rows) {
		rows.MoveTo(at)
		w.place.row = rows.Selected
	}
	v.refresh(w)
}

// choose makes the device that is marked the selected one, with its first
// process.
func (v *historyView) choose() {
	node := v.node
	if row, ok := node.processes.Current(); !ok || row.GPUUUID != node.gpus.Selected {
		for i := range node.processes.Rows {
			if node.processes.Rows[i].GPUUUID == node.gpus.Selected {
				node.processes.MoveTo(i)
				break
			}
		}
	}
	v.alone = lonely{node.gpus.Selected, node.processes.Selected}
}

func (v *historyView) down(w *world) (place, bool) { return v.list.down(w) }

func (v *historyView) position() (at, of int) {
	if v.device {
		return v.node.gpus.Index, len(v.node.gpus.Rows)
	}
	return 0, 0
}

func (v *historyView) bar(k *keyMap) []key.Binding {
	return []key.Binding{k.Back, k.Longer, k.Shorter, k.Earlier, k.NextMark, k.Neighbours, k.Release, k.Pause, k.Help, k.Quit}
}

// key implements view.
func (v *historyView) key(a *app, message tea.KeyMsg) (tea.Cmd, bool) {
	k, w := a.keys, &a.world
	switch {
	case key.Matches(message, k.Shorter):
		a.look(w.window.Narrower())
	case key.Matches(message, k.Longer):
		a.look(w.window.Wider())
	case key.Matches(message, k.UsualTime):
		a.look(history.DefaultWindow)
	case key.Matches(message, k.Earlier):
		v.step(w, -1)
	case key.Matches(message, k.Later):
		v.step(w, 1)
	case key.Matches(message, k.NextMark):
		v.toMark(a, 1)
	case key.Matches(message, k.LastMark):
		v.toMark(a, -1)
	case v.device && key.Matches(message, k.GPU):
		index, _ := strconv.Atoi(message.String()) // the binding is digits only
		if v.node.toGPU(index) {
			v.choose()
		} else {
			a.status.warn("no GPU " + message.String() + " here")
		}
		a.refresh()
	default:
		if v.leaves(k, message) {
			v.alone = lonely{}
		}
		return nil, false
	}
	return nil, true
}

// leaves tells whether a key leads to something else than the history.
func (v *historyView) leaves(k *keyMap, message tea.KeyMsg) bool {
	return key.Matches(message, k.Enter, k.Back, k.NextTab, k.LastTab) || key.Matches(message, k.Tabs[:]...)
}

// look sets how far back all charts look.
func (a *app) look(window history.Window) {
	a.world.window = window
	a.status.say("last " + spanWords(window.Span()))
}

// step moves the cursor by cells.
func (v *historyView) step(w *world, by int) {
	frame := v.frame(w)
	last := frame.Cells() - 1
	cell, ok := frame.Cell(v.cursor)
	if !ok {
		cell = last
	}
	if cell = max(cell+by, 0); cell > last || by > 0 && !ok {
		v.cursor = time.Time{}
		return
	}
	v.cursor = frame.Begin(cell)
}

// toMark moves the cursor to the next moment at which something happened, from
// the last one round to the first. What happened within a cell is one moment.
func (v *historyView) toMark(a *app, by int) {
	frame := v.frame(&a.world)
	var marks []history.Mark
	if v.of.marks != nil {
		marks = v.of.marks(frame)
	}
	if len(marks) == 0 {
		a.status.say("no OOM, retry or release in the last " + spanWords(a.world.window.Span()))
		return
	}
	at, ok := frame.Cell(v.cursor)
	if !ok && by < 0 {
		at = frame.Cells()
	} else if !ok {
		at = -1
	}
	if by < 0 {
		slices.Reverse(marks)
	}
	v.cursor = marks[0].At
	for _, mark := range marks {
		if cell, _ := frame.Cell(mark.At); cell*by > at*by {
			v.cursor = mark.At
			return
		}
	}
}
