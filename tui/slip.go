package tui

import "github.com/gpufragtop/gpufragtop/fragcalc"

// slip is what became of the cursor when the row it was on ended: nobody chose
// the row that it is on now. The zero slip is none.
type slip struct {
	ended string // "48122 has ended": what the user had chosen
	on    fragcalc.RowID
}

// slipped notes that the cursor was on a row that has ended since, or keeps what
// was noted before.
func (v *nodeView) slipped(w *world, before *processRow) {
	row, ok := v.processes.Current()
	switch {
	case !ok || row.RowID == before.RowID || row.PID > 0 && row.ProcessID == before.ProcessID:
	case v.slip.ended != "" && v.slip.on == before.RowID: // slid on
		v.slip.on = row.RowID
	case before.ended(w):
		v.slip = slip{before.end(w), row.RowID}
	}
}

// name is what a row stands for: a process, or a job.
func (r *processRow) name() string {
	if r.group != nil {
		return r.group.String()
	}
	return rowName(r.RowID)
}

// end says what became of a row that is gone.
func (r *processRow) end(w *world) string {
	if r.group == nil && len(rowsOf(w.snapshot, r.ProcessID)) > 0 {
		return r.name() + " has left GPU " + r.gpu
	}
	return r.name() + " has ended"
}

// ended tells whether what a row of an earlier sample stands for is gone, not
// only hidden. Of another node, such as that of a report, nobody can tell.
func (r *processRow) ended(w *world) bool {
	if r.group != nil {
		for _, g := range w.groups() {
			if g.ID == r.group.ID && g.Many() {
				return false
			}
		}
		return w.snapshot.Report == nil
	}
	s := r.snapshot
	if s.Report != w.snapshot.Report || s.From != w.snapshot.From {
		return false
	}
	_, there := w.process(r.RowID)
	return !there
}

// unchosen tells whether the cursor slid onto the row it is on, and says so. That
// is said once: who then presses the key again means that row.
func (a *app) unchosen() bool {
	node := a.views.node()
	was := node.slip
	row, ok := node.processes.Current()
	if a.world.place.level != nodeLevel || was.ended == "" || !ok || row.RowID != was.on {
		return false
	}
	node.slip = slip{}
	a.status.warn(was.ended + "; the cursor is now on " + row.name() + ": press again if that is meant")
	return true
}
