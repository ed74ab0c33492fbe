package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/tui/blockmap"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// view is the body between the title and the lines at the bottom: what is shown
// of a place. One view may serve several levels.
type view interface {
	// refresh takes what the world shows now: another sample, place or order.
	refresh(w *world)
	// key handles a key of the view's own, before all others but those of a
	// replay; false leaves it to them.
	key(a *app, message tea.KeyMsg) (tea.Cmd, bool)
	move(w *world, m table.Motion)
	// down is the place that Enter leads to.
	down(w *world) (place, bool)
	render(w *world, width, height int) []string
	// summary are facts about the selection, a sentence each, the most useful
	// first.
	summary(w *world) []string
	// position is the selected row, from 0 on, and how many there are.
	position() (at, of int)
	// bar are the keys worth a place in the key bar, most useful first.
	bar(keys *keyMap) []key.Binding
}

// entered is a view whose cursor begins anew where one comes from a level above,
// and stays where one comes back from below.
type entered interface{ enter() }

// keyless is for views without keys of their own.
type keyless struct{}

func (keyless) key(*app, tea.KeyMsg) (tea.Cmd, bool) { return nil, false }

// views are what each level can be looked at as; nil where there is no such tab.
type views [levelCount][tabCount]view

func newViews() views {
	var v views
	node, process, pool := newNodeView(), newProcessView(), newPoolView()
	v[nodeLevel][tabList] = node
	v[nodeLevel][tabHistory] = newHistoryView(node, node)
	v[processLevel][tabList] = process
	v[processLevel][tabHistory] = newHistoryView(process, node)
	v[poolLevel][tabList] = pool
	v[poolLevel][tabHistory] = &freeView{list: pool}
	v[segmentLevel][tabList] = newSegmentView()
	v[blockLevel][tabList] = newBlockView()
	v[nodeLevel][tabChange] = newNodeChangeView()
	stacks, changes := newStacksView(), newChangeView()
	for at := processLevel; at <= segmentLevel; at++ {
		v[at][tabStacks], v[at][tabChange] = stacks, changes
	}
	memory := newMapView()
	v[processLevel][tabMap], v[poolLevel][tabMap], v[segmentLevel][tabMap] = memory, memory, memory
	return v
}

func (v *views) at(p place) view { return v[p.level][p.tab] }

// node is the list of devices and processes.
func (v *views) node() *nodeView { return v[nodeLevel][tabList].(*nodeView) }

// memoryMap is the map of processes, pools and segments.
func (v *views) memoryMap() *blockmap.Map { return &v[processLevel][tabMap].(*mapView).memory }
