package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// nothingPinned is what the key to the largest pinned segment says where there
// is none.
const nothingPinned = "nothing is stranded"

// toLargestPinned shows the map of the selected process, at its largest pinned
// segment.
func (v *nodeView) toLargestPinned(a *app) {
	if m := a.views.memoryMap(); a.goToSelected(tabMap) && !m.Index().Empty() && !m.ToLargestPinned() {
		a.status.say(nothingPinned)
	}
	a.settle()
}

// key implements view.
func (v *processView) key(a *app, message tea.KeyMsg) (tea.Cmd, bool) {
	if !key.Matches(message, a.keys.LargestPinned) || v.here.process == nil || len(v.here.process.Pools) == 0 {
		return nil, false
	}
	next, ok := largestPinned(v.here.process)
	if !ok {
		a.status.say(nothingPinned)
		return nil, true
	}
	v.pools.Find(next.pool)
	a.goTo(next)
	return nil, true
}

// key implements view.
func (v *poolView) key(a *app, message tea.KeyMsg) (tea.Cmd, bool) {
	if !key.Matches(message, a.keys.LargestPinned) || len(v.segments.Rows) == 0 {
		return nil, false
	}
	if worst := v.worst(); v.segments.Rows[worst].sizes.of(paint.Stranded) > 0 {
		v.segments.MoveTo(worst)
	} else {
		a.status.say(nothingPinned)
	}
	a.settle()
	return nil, true
}

// largestPinned is the list of segments in which the one with most stranded bytes
// of all pools is; false where nothing is stranded.
func largestPinned(p *fragcalc.Process) (place, bool) {
	var next place
	most := int64(0)
	for i := range p.Pools {
		pool := &p.Pools[i]
		for j := range pool.Segments {
			row := newSegmentRow(&pool.Segments[j], pool.PoolID, p.Settings)
			if stranded := row.sizes.of(paint.Stranded); stranded > most {
				most = stranded
				next = place{level: poolLevel, row: p.RowID, pool: pool.PoolID, segment: row.Address}
			}
		}
	}
	return next, most > 0
}
