package tui

import (
	"slices"
	"strconv"

	"github.com/charmbracelet/bubbles/key"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// nodeView lists the devices and, below, the processes on them.
type nodeView struct {
	gpus      table.Table[gpuRow, string]
	bare      table.Table[gpuRow, string] // the same where there is no room for a header
	processes table.Table[processRow, fragcalc.RowID]
	tree      tree
	jobs      bool   // there are jobs of several ranks
	empty     string // why no process is listed
	slip      slip
	preview   stillMap
	report    scroll // over the verdict of a report
}

func newNodeView() *nodeView {
	return &nodeView{
		gpus: table.Table[gpuRow, string]{Columns: gpuColumns(), Marking: table.MarkCursor,
			Identity: func(r *gpuRow) string { return r.UUID }},
		bare: table.Table[gpuRow, string]{Columns: bareGPUColumns(), Marking: table.MarkCursor,
			Identity: func(r *gpuRow) string { return r.UUID }},
		processes: newProcessTable(),
	}
}

func (v *nodeView) refresh(w *world) {
	gpus := make([]gpuRow, len(w.snapshot.GPUs))
	index := make(map[string]string, len(gpus))
	for i, gpu := range w.snapshot.GPUs {
		gpus[i] = w.gpuRow(gpu)
		index[gpu.UUID] = strconv.Itoa(gpu.Index)
	}
	v.gpus.Set(w.look, gpus)
	v.bare.Set(w.look, gpus)
	tagged := len(w.tagged)
	w.forgetTags()
	rows := make([]processRow, len(w.snapshot.Processes))
	for i := range w.snapshot.Processes {
		process := &w.snapshot.Processes[i]
		name, ok := index[process.GPUUUID]
		if !ok {
			name = "?"
		}
		rows[i] = processRow{Process: process, snapshot: w.snapshot, gpu: name, trend: w.trends.of(process.RowID),
			waste: wasteOfProcess(w.price, process, w.snapshot), tagged: w.tagged[process.ProcessID]}
	}
	rows = v.processes.Arrange(rows)
	v.jobs = slices.ContainsFunc(w.groups(), func(g ranks.Group) bool { return g.Many() })
	if v.tree.on {
		rows = v.tree.grow(w, rows)
	}
	before, chosen := v.processes.Current()
	if chosen {
		row := *before
		before = &row
	}
	v.processes.Set(w.look, rows)
	if chosen {
		v.slipped(w, before)
	}
	if row, ok := v.processes.Current(); ok && tagged > 0 && len(w.tagged) == 0 {
		v.slip = slip{"what was tagged has ended", row.RowID} // keys meant those, not this row
	}
	v.followGPU()
	switch {
	case len(rows) > 0:
		v.empty = ""
	case v.processes.Filter != "" && len(w.snapshot.Processes) > 0:
		v.empty = "No process matches the filter. Esc clears it."
	default:
		v.empty = "No process uses a GPU of this node, as far as can be seen."
	}
}

func (v *nodeView) list() table.Listing { return &v.processes }

// followGPU marks the device of the selected process.
func (v *nodeView) followGPU() {
	if row, ok := v.processes.Current(); ok {
		v.gpus.Find(row.GPUUUID)
	}
}

func (v *nodeView) move(w *world, m table.Motion) {
	if w.snapshot.Report != nil && len(v.processes.Rows) < 2 {
		v.report.move(m)
		return
	}
	v.processes.Move(m)
	v.slip = slip{} // wherever the cursor is, it was put there
	v.followGPU()
}

// toGPU selects the first process of a device and brings the device in view.
func (v *nodeView) toGPU(index int) bool {
	for i := range v.gpus.Rows {
		if v.gpus.Rows[i].Index != index {
			continue
		}
		v.gpus.MoveTo(i)
		for j := range v.processes.Rows {
			if v.processes.Rows[j].GPUUUID == v.gpus.Selected {
				v.processes.MoveTo(j)
				break
			}
		}
		return true
	}
	return false
}

func (v *nodeView) down(w *world) (place, bool) {
	row, ok := v.processes.Current()
	if !ok || row.group != nil {
		return place{}, false
	}
	next := w.place
	next.level, next.row = processLevel, row.RowID
	return next, true
}

// Heights from which the node view has room for more than the bare rows.
const (
	aroundView      = 4  // rows of the screen that are not the view's
	gpuHeaderHeight = 12 // body rows for the legend above the devices
	gapHeight       = 18 // body rows for a blank line between the lists
)

func (v *nodeView) render(w *world, width, height int) []string {
	if w.snapshot.Report == nil {
		return v.renderNode(w, width, height)
	}
	// The verdict stands on top; the lists keep enough for their rows.
	lists, gap := 5, 1
	if height <= 2*lists { // the device, and the process below its titles
		lists, gap = 3, 0
	}
	lines := v.report.render(w.look, reportText(w.look, w.snapshot.Report, width), width, height-lists-gap)
	if gap > 0 {
		lines = append(lines, "")
	}
	return append(lines, v.renderNode(w, width, height-len(lines))...)
}

func (v *nodeView) renderNode(w *world, width, height int) []string {
	lines := v.renderGPUs(w.look, width, height)
	if len(v.gpus.Rows) == 0 {
		lines = append(lines[:0], w.look.Text(paint.Warn, " No GPU: "+reasonWithoutGPU(w.snapshot), width))
	}
	if height >= gapHeight {
		lines = append(lines, "")
	}
	if v.empty != "" && len(w.snapshot.Processes) == 0 && len(w.findings) > 0 {
		if len(v.gpus.Rows) == 0 {
			lines = nil // the findings say why
		}
		return append(lines, nothingYet(w, width, height-len(lines))...)
	}
	if v.empty != "" {
		lines = append(lines, v.processes.Render(w.look, width, 1, true)...)
		return append(lines, w.look.Text(paint.Muted, " "+v.empty, width))
	}
	lines = append(lines, v.processes.Render(w.look, width, height-len(lines), true)...)
	return append(lines, v.renderPreview(w, width, height-len(lines))...)
}

// renderGPUs draws the devices: a line each, or several on a line where there
// are too many for that.
func (v *nodeView) renderGPUs(l *draw.Look, width, height int) []string {
	header := height >= gpuHeaderHeight
	devices := len(v.gpus.Rows)
	if header {
		devices++
	}
	if columns := gridColumns(len(v.gpus.Rows), width, height/2); header && devices > height/2 && columns > 1 {
		return gpuGrid(l, v.gpus.Rows, v.gpus.Index, columns, width)
	}
	devices = min(devices, max((height+aroundView)*2/5, height/2, 1))
	if !header {
		v.bare.MoveTo(v.gpus.Index)
		return v.bare.Render(l, width, devices, false)
	}
	lines := v.gpus.Render(l, width, devices, header)
	if hidden := len(v.gpus.Rows) - v.gpus.Page; hidden > 0 {
		lines[0] = v.moreGPUs(l, hidden, width)
	}
	return lines
}

// moreGPUs replaces the header's beginning by what the list does not show.
func (v *nodeView) moreGPUs(l *draw.Look, hidden, width int) string {
	line := l.Line(width).Text(paint.Warn, " "+draw.Plural(hidden, "more GPU")+" (0-9)")
	line.PadTo(line.Width() + 2)
	legend(l, line, line.Room())
	return line.String()
}

// reasonWithoutGPU is why no device is listed.
func reasonWithoutGPU(s *fragcalc.Snapshot) string {
	for _, fault := range s.Faults {
		if fault.Scope == fragcalc.ScopeNode {
			return fault.Reason
		}
	}
	return "the driver lists none"
}

func (v *nodeView) summary(w *world) []string {
	row, ok := v.processes.Current()
	switch {
	case !ok:
		return nil
	case row.group != nil:
		return jobFacts(w.look, row.group)
	}
	facts := w.facts(row.Process)
	if g := ranks.Find(w.groups(), row.Process); g != nil && g.Many() && !g.Complete() {
		facts = append(facts, g.String()+": "+g.Inside()+".")
	}
	return facts
}

func (v *nodeView) position() (at, of int) { return v.processes.Index, len(v.processes.Rows) }

func (v *nodeView) bar(k *keyMap) []key.Binding {
	bar := []key.Binding{k.Enter, k.Reports, k.Release, k.Attach, k.Fit, k.Sort, k.Filter, k.Tree, k.Pause, k.Units, k.WhatIf, k.Help, k.Quit}
	if !v.jobs {
		bar = slices.Delete(bar, 7, 8) // there is nothing that the tree would show
	}
	return bar
}
