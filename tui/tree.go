package tui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// tree shows the processes of a job below a row of the job's own. Its zero
// value is off.
type tree struct {
	on     bool
	byRank bool              // the ranks of a job in their order, until another order is chosen
	folded map[ranks.ID]bool // jobs whose processes are hidden
}

// toggle switches the tree on, the ranks in their order, or off.
func (t *tree) toggle() {
	t.on = !t.on
	t.byRank = true
}

func (t *tree) fold(id ranks.ID, folded bool) {
	if t.folded == nil {
		t.folded = map[ranks.ID]bool{}
	}
	t.folded[id] = folded
}

// jobMark begins what stands for a device in the identity of a job's row. No
// device is called that.
const jobMark = "\x00job "

// jobRow is the identity of a job's row.
func jobRow(id ranks.ID) fragcalc.RowID {
	return fragcalc.RowID{GPUUUID: jobMark + id.Kind + " " + id.Job}
}

// grow puts sorted rows under the rows of their jobs. A job stands where the
// first of its processes would.
func (t *tree) grow(w *world, rows []processRow) []processRow {
	groups := w.groups()
	below := map[ranks.ID][]processRow{}
	jobOf := func(r *processRow) *ranks.Group {
		if g := ranks.Find(groups, r.Process); g != nil && g.Many() {
			return g
		}
		return nil
	}
	for _, row := range rows {
		if g := jobOf(&row); g != nil {
			row.below = true
			below[g.ID] = append(below[g.ID], row)
		}
	}
	grown := make([]processRow, 0, len(rows)+len(below))
	for _, row := range rows {
		g := jobOf(&row)
		if g == nil {
			grown = append(grown, row)
			continue
		}
		children, first := below[g.ID]
		if !first {
			continue
		}
		delete(below, g.ID)
		head := t.head(w, g)
		grown = append(grown, head)
		if head.folded {
			continue
		}
		if t.byRank {
			slices.SortStableFunc(children, func(a, b processRow) int {
				return a.Task.Rank.Or(ranks.MostRanks) - b.Task.Rank.Or(ranks.MostRanks)
			})
		}
		grown = append(grown, children...)
	}
	return grown
}

// head is the row of a job: sums of what is known of its processes.
func (t *tree) head(w *world, g *ranks.Group) processRow {
	why := "not summed for a job"
	row := processRow{Process: &fragcalc.Process{}, group: g, folded: t.folded[g.ID], gpu: gpusOf(w, g)}
	row.RowID, row.UID = jobRow(g.ID), -1
	row.Figures = fragcalc.UnknownFigures(why)
	row.AllocRetries = fragcalc.Unknown[int64](why)
	row.GPUMemory = g.GPUMemory.Bytes
	row.Reserved, row.Used, row.Stranded, row.Releasable = g.Reserved.Bytes, g.Used.Bytes, g.Stranded.Bytes, g.Releasable.Bytes
	if reserved, ok := row.Reserved.Get(); ok && reserved > 0 && row.Stranded.Known() {
		row.Fragmentation = fragcalc.Of(float64(row.Stranded.Or(0)) / float64(reserved))
	}
	for i, m := range g.Members {
		p := &w.snapshot.Processes[m.Rows[0]]
		if i == 0 {
			row.User, row.Framework = p.User, p.Framework
		}
		if row.User != p.User {
			row.User = "" // several
		}
		if row.Framework != p.Framework {
			row.Framework = fragcalc.Framework{}
		}
	}
	row.Command = g.String() + ": " + g.Inside() + "; " + g.Extent()
	return row
}

// gpusOf are the indices of a job's devices: "0-7".
func gpusOf(w *world, g *ranks.Group) string {
	on := map[string]bool{}
	for _, m := range g.Members {
		for _, i := range m.Rows {
			on[w.snapshot.Processes[i].GPUUUID] = true
		}
	}
	var parts []string
	first := -1
	for i := 0; i <= len(w.snapshot.GPUs); i++ {
		here := i < len(w.snapshot.GPUs) && on[w.snapshot.GPUs[i].UUID]
		switch {
		case here && first < 0:
			first = i
		case !here && first >= 0:
			part := strconv.Itoa(w.snapshot.GPUs[first].Index)
			if first < i-1 {
				part += "-" + strconv.Itoa(w.snapshot.GPUs[i-1].Index)
			}
			parts = append(parts, part)
			first = -1
		}
	}
	return strings.Join(parts, ",")
}

// groups are the jobs of the node, whatever a filter hides. They are computed
// once for each snapshot.
func (w *world) groups() []ranks.Group {
	if w.jobs.of != w.snapshot {
		w.jobs.of, w.jobs.groups = w.snapshot, ranks.Groups(w.snapshot.Processes)
	}
	return w.jobs.groups
}

// jobs are the jobs of a snapshot.
type jobs struct {
	of     *fragcalc.Snapshot
	groups []ranks.Group
}

// jobLine says what job of several ranks a process is of, and which of them can
// be seen into; empty when it is of none.
func (w *world) jobLine(p *fragcalc.Process) string {
	g := ranks.Find(w.groups(), p)
	if g == nil || !g.Many() {
		return ""
	}
	return jobWords(g)
}

func jobWords(g *ranks.Group) string { return g.String() + ": " + g.Extent() + ", " + g.Inside() }

// opened acts on a key that opens the selected row, where that is a job's.
// onlyUnfold is for keys that lead to the right.
func (v *nodeView) opened(onlyUnfold bool) bool {
	row, ok := v.processes.Current()
	if !ok || row.group == nil {
		return false
	}
	switch {
	case onlyUnfold && !row.folded:
		v.processes.Move(table.LineDown)
		v.followGPU()
	default:
		v.tree.fold(row.group.ID, !row.folded)
	}
	return true
}

// closed acts on a key that leads to the left: it folds a job, or goes from one
// of its processes to the job.
func (v *nodeView) closed(w *world) bool {
	row, ok := v.processes.Current()
	switch {
	case !ok || !v.tree.on:
		return false
	case row.group != nil:
		v.tree.fold(row.group.ID, true)
		return true
	case row.below:
		g := ranks.Find(w.groups(), row.Process)
		return g != nil && v.processes.Find(jobRow(g.ID))
	default:
		return false
	}
}
