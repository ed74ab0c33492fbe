package tui

import (
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/change"
	"github.com/gpufragtop/gpufragtop/tui/blockmap"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// mapView shows the memory of a process, a pool or a segment as a map.
type mapView struct {
	here   here
	shown  place // what the map is of
	memory blockmap.Map
	since  time.Time // of the walk before, where something has changed since
	much   bool      // has changed: marking it would hide the rest
	marks  marksShown
}

func newMapView() *mapView { return &mapView{} }

// scope is what a map of a place shows.
func (p place) scope() (blockmap.Scope, place) {
	of := place{level: p.level, row: p.row}
	var scope blockmap.Scope
	if p.level >= poolLevel {
		of.pool = p.pool
		scope.Pool = &of.pool
	}
	if p.level >= segmentLevel {
		of.segment = p.segment
		scope.Segment = p.segment
	}
	return scope, of
}

func (v *mapView) refresh(w *world) {
	v.here = w.here()
	p := v.here.process
	if p == nil {
		v.memory.Show(nil, nil)
		return
	}
	changed, since := w.walks.changed(p.RowID)
	if v.much = changedShare(changed, p) > muchChanged; !v.marking() {
		changed, since = nil, time.Time{}
	}
	v.since = since
	scope, of := w.place.scope()
	before := v.memory.Cursor
	v.memory.Show(blockmap.NewIndex(p, scope), changed)
	if v.shown == of {
		return
	}
	v.memory.Zoom(0)
	if v.shown.row != of.row || v.memory.Cursor != before { // it was elsewhere
		v.memory.ToLargestHole()
	}
	v.shown = of
}

// muchChanged is the share of the memory that may have changed between two walks
// for the changes to be marked unasked.
const muchChanged = 0.1

// marksShown says whether changes are marked.
type marksShown uint8

const (
	marksAuto marksShown = iota // where they are few
	marksOn
	marksOff
)

func (v *mapView) marking() bool { return v.marks == marksOn || v.marks == marksAuto && !v.much }

// changedShare is how much of a process's memory has changed.
func changedShare(changed []change.Range, p *fragcalc.Process) float64 {
	total := int64(0)
	for _, r := range changed {
		total += r.Size
	}
	return float64(total) / float64(max(p.Reserved.Or(0), 1))
}

// toggleMarks marks changes, or no longer.
func (v *mapView) toggleMarks(a *app) {
	if v.marking() {
		v.marks = marksOff
		a.status.say("changes are not marked")
	} else {
		v.marks = marksOn
		a.status.say("what changed since the walk before is marked")
	}
	a.refresh()
}

// key implements view.
func (v *mapView) key(a *app, message tea.KeyMsg) (tea.Cmd, bool) {
	k, m := a.keys, &v.memory
	if m.Index().Empty() {
		return nil, false
	}
	switch {
	case key.Matches(message, k.CellLeft):
		m.Step(-1)
	case key.Matches(message, k.CellRight):
		m.Step(1)
	case key.Matches(message, k.NextBlock):
		m.StepBlock(1)
	case key.Matches(message, k.LastBlock):
		m.StepBlock(-1)
	case key.Matches(message, k.Next):
		v.toHole(a, 1)
	case key.Matches(message, k.Previous):
		v.toHole(a, -1)
	case key.Matches(message, k.LargestFree):
		if !m.ToLargestFree() {
			a.status.say("no block is free")
		}
	case key.Matches(message, k.LargestPinned):
		if !m.ToLargestPinned() {
			a.status.say(nothingPinned)
		}
	case key.Matches(message, k.ZoomIn):
		v.zoom(a, 1, "no finer: the smallest block has a cell")
	case key.Matches(message, k.ZoomOut, k.ZoomAll):
		by := 0
		if key.Matches(message, k.ZoomOut) {
			by = -1
		}
		v.zoom(a, by, "all of it is seen")
	case key.Matches(message, k.Changes):
		v.toggleMarks(a)
	case key.Matches(message, k.Order):
		m.Turn()
		a.status.say("segments " + m.Order().String())
	case key.Matches(message, k.Enter):
		if !m.Focus() {
			return nil, false
		}
	default:
		return nil, false
	}
	a.settle()
	return nil, true
}

// zoom zooms, or says why not.
func (v *mapView) zoom(a *app, by int, end string) {
	if !v.memory.Zoom(by) {
		a.status.say(end)
	}
}

// toHole goes to the next stranded hole, or the one before.
func (v *mapView) toHole(a *app, by int) {
	switch wrapped, ok := v.memory.NextHole(by); {
	case !ok:
		a.status.say(nothingPinned)
	case wrapped && by > 0:
		a.status.say("from the beginning again")
	case wrapped:
		a.status.say("from the end again")
	}
}

func (v *mapView) move(_ *world, m table.Motion) {
	switch m {
	case table.LineUp:
		v.memory.MoveLines(-1)
	case table.LineDown:
		v.memory.MoveLines(1)
	case table.HalfUp:
		v.memory.MovePages(-1)
	case table.HalfDown:
		v.memory.MovePages(1)
	case table.PageUp:
		v.memory.MovePages(-2)
	case table.PageDown:
		v.memory.MovePages(2)
	case table.ToFirst, table.ToLast:
		v.memory.ToEnd(m == table.ToLast)
	}
}

// down leads to the block under the cursor, or to its segment where blocks were
// not recorded.
func (v *mapView) down(w *world) (place, bool) {
	u, ok := v.memory.Under()
	if !ok {
		return place{}, false
	}
	next := place{level: segmentLevel, row: w.place.row, pool: u.Pool.PoolID, segment: u.Segment.Address}
	if u.Block != nil {
		next.level, next.block = blockLevel, u.Block.Address
	}
	return next, next.level > w.place.level
}

func (v *mapView) render(w *world, width, height int) []string {
	p := v.here.process
	switch {
	case p == nil:
		return gone(w.look, "Process "+rowName(w.place.row)+" no longer uses this GPU.", width)
	case !p.Instrumented:
		return seeInside(w, p, width, height)
	case len(p.Pools) == 0:
		return []string{"", w.look.Text(paint.Muted, " No memory map: "+noWalkReason(p), width)}
	case v.memory.Index().Empty() && w.place.level >= segmentLevel:
		return gone(w.look, "This segment has been given back.", width)
	case v.memory.Index().Empty():
		return gone(w.look, "This pool is gone.", width)
	}
	const least = 6 // lines of a body that has room for more than the map
	var lines []string
	look := mapLook(w.look, nil)
	if w.place.level >= segmentLevel || height < least {
		look.Head = nil
	}
	head := 0
	if height >= least {
		head = 1
		if width < mapHeadWidth && height >= 2*least {
			head = 2
		}
	}
	memory := v.memory.Render(look, width, height-head) // before the head: it settles the scale
	if head > 0 {
		lines = v.head(w.look, width, head)
	}
	return append(lines, memory...)
}

// mapHeadWidth is the width from which signs and scale fit on one line.
const mapHeadWidth = 118

// head says what the signs mean and what a cell stands for, on one line or two.
func (v *mapView) head(l *draw.Look, width, height int) []string {
	scale := "1 cell = " + draw.PowerOfTwo(v.memory.Scale())
	if !v.memory.Whole() {
		scale += l.Glyphs.Dot + "zoomed in"
	}
	scale += l.Glyphs.Dot + v.memory.Order().String()
	signs := signs{sizes: sizes(v.memory.Index().Sizes), mixed: true}
	if !v.since.IsZero() {
		signs.since = v.since.Format(time.TimeOnly)
	}
	if height > 1 {
		return []string{signs.line(l, width), l.Text(paint.Muted, " "+scale, width)}
	}
	if width < mapHeadWidth { // the scale matters more
		return []string{l.Text(paint.Muted, " "+scale, width)}
	}
	return []string{signs.scaled(l, scale, width)}
}

func (v *mapView) summary(w *world) []string {
	u, ok := v.memory.Under()
	if !ok {
		return nil
	}
	return spotFacts(w, v.here.process, &u)
}

func (v *mapView) position() (at, of int) { return v.memory.Position() }

func (v *mapView) bar(k *keyMap) []key.Binding {
	return []key.Binding{k.Enter, k.Back, k.ZoomIn, k.Hole, k.LargestPinned, k.LargestFree, k.Order, k.Changes, k.ZoomAll, k.Release, k.Pause, k.Units, k.Help, k.Quit}
}
