package tui

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// tab is what a place is looked at as.
type tab uint8

// Tabs, in the order in which they stand on the screen.
const (
	tabList    tab = iota // the rows of the level below
	tabMap                // the memory map
	tabStacks             // live memory by the stack that allocated it
	tabHistory            // the last hour
	tabChange             // what is different since the mark
	tabCount
)

// tabNames name the tabs; that of the list is the level's.
var tabNames = [tabCount]string{tabMap: "Map", tabStacks: "Stacks", tabHistory: "History", tabChange: "Change"}

// tabHelp says in the help what a tab shows, where the name does not say it.
var tabHelp = [tabCount]string{
	tabMap:     "the memory map",
	tabStacks:  "live memory by the stack that allocated it, and what each pins",
	tabHistory: "the last minutes, what happened in them, and free blocks by size",
	tabChange:  "what is different since the mark, or since the walk before",
}

// listNames name the list of each level.
var listNames = [levelCount]string{"Processes", "Pools", "Segments", "Blocks", "Block"}

// levelNames and tabWords say in a sentence what has no such tab.
var (
	levelNames = [levelCount]string{"node", "process", "pool", "segment", "block"}
	tabWords   = [tabCount]string{"list", "memory map", "list of stacks", "history", "list of changes"}
)

func (t tab) name(at level) string {
	if t == tabList {
		return listNames[at]
	}
	return tabNames[t]
}

// tabs are those that a level has.
func (v *views) tabs(at level) []tab {
	var tabs []tab
	for t := range tabCount {
		if v[at][t] != nil {
			tabs = append(tabs, t)
		}
	}
	return tabs
}

// goToTab shows a tab of the level shown; asked for again, it goes back to the
// list.
func (a *app) goToTab(t tab) {
	place := a.world.place
	switch {
	case a.views[place.level][t] == nil && place.level == nodeLevel:
		a.goToSelected(t)
		return
	case a.views[place.level][t] == nil:
		a.status.warn("there is no " + tabWords[t] + " of a " + levelNames[place.level])
		return
	case place.tab == t:
		t = tabList
	}
	place.tab = t
	a.goTo(place)
}

// goToSelected shows a tab of the process that is selected in the list, or says
// why not.
func (a *app) goToSelected(t tab) bool {
	p, ok := a.selected()
	if !ok {
		a.status.warn("no process is selected: the " + tabWords[t] + " is that of one")
		return false
	}
	a.leap(place{level: processLevel, tab: t, row: p.RowID})
	return true
}

// tabTyped handles the keys that lead to a tab.
func (a *app) tabTyped(message tea.KeyMsg) bool {
	k := a.keys
	switch {
	case key.Matches(message, k.NextTab):
		a.cycleTab(1)
	case key.Matches(message, k.LastTab):
		a.cycleTab(-1)
	default:
		for t := range tabCount {
			if key.Matches(message, k.Tabs[t]) {
				a.goToTab(t)
				return true
			}
		}
		return false
	}
	return true
}

// cycleTab goes to the tab beside.
func (a *app) cycleTab(by int) {
	place := a.world.place
	tabs := a.views.tabs(place.level)
	if len(tabs) < 2 {
		a.status.say("there is one way to look at this")
		return
	}
	place.tab = tabs[(slices.Index(tabs, place.tab)+by+len(tabs))%len(tabs)]
	a.goTo(place)
}

// Heights of the screen from which the tabs have a line of their own. The list
// of processes needs it most: on lower screens it gives the line only where its
// rows leave one blank.
const (
	tabLineHeight     = 18
	nodeTabLineHeight = 30
)

// tabLine names the tabs of the level shown; none where there is no choice or
// no room.
func (a *app) tabLine(blank bool) []string {
	at := a.world.place
	tabs := a.views.tabs(at.level)
	least := tabLineHeight
	if at.level == nodeLevel && !blank {
		least = nodeTabLineHeight
	}
	if len(tabs) < 2 || a.height < least || a.world.snapshot == nil {
		return nil
	}
	line := a.world.look.Line(a.width)
	for _, t := range tabs {
		name := " " + t.name(at.level) + " "
		role := paint.Muted
		if t == at.tab {
			role = paint.Selection
		}
		line.Text(paint.Text, " ")
		if t != at.tab {
			line.Text(paint.Accent, a.keys.Tabs[t].Help().Key)
		}
		line.Text(role, name)
	}
	return []string{line.String()}
}
