package tui

import (
	"strconv"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// Sort keys of fragcalc/query that have a key of their own, or are the default.
const (
	sortStranded      = "stranded"
	sortMemory        = "memory"
	sortFragmentation = "frag"
	sortPID           = "pid"
	sortUser          = "user"
)

// key implements view.
func (v *nodeView) key(a *app, message tea.KeyMsg) (tea.Cmd, bool) {
	k := a.keys
	switch {
	case key.Matches(message, k.Enter):
		if !v.opened(message.String() != "enter") {
			return nil, false
		}
		a.refresh()
	case key.Matches(message, k.Back):
		left := message.String() == "left" || message.String() == "h"
		if !left || !v.closed(&a.world) {
			return nil, false
		}
		a.refresh()
	case key.Matches(message, k.GPU):
		index, _ := strconv.Atoi(message.String()) // the binding is digits only
		if !v.toGPU(index) {
			a.status.warn("no GPU " + message.String() + " here")
		}
		a.settle()
	case key.Matches(message, k.Tag):
		a.tag(v)
	case key.Matches(message, k.Filter):
		a.filter.open()
	case key.Matches(message, k.Tree):
		a.toggleTree(v)
	case key.Matches(message, k.Next):
		v.cycle(1)
		a.settle()
	case key.Matches(message, k.Previous):
		v.cycle(-1)
		a.settle()
	case key.Matches(message, k.Sort):
		a.dialog = newSortPane(a.world.look, a.world.order.key)
	case key.Matches(message, k.SortLeft):
		a.sortBy(v.sortBeside(a.world.order.key, -1))
	case key.Matches(message, k.SortRight):
		a.sortBy(v.sortBeside(a.world.order.key, 1))
	case key.Matches(message, k.Invert):
		a.world.order.reverse = !a.world.order.reverse
		a.refresh()
	case key.Matches(message, k.ByMemory):
		a.sortBy(sortMemory)
	case key.Matches(message, k.ByFragmentation):
		a.sortBy(sortFragmentation)
	case key.Matches(message, k.ByPID):
		a.sortBy(sortPID)
	case key.Matches(message, k.ByUser):
		a.sortBy(sortUser)
	default:
		return nil, false
	}
	return nil, true
}

// toggleTree puts processes under their jobs, or side by side again.
func (a *app) toggleTree(node *nodeView) {
	node.tree.toggle()
	switch {
	case !node.tree.on:
		a.status.say("processes side by side")
	case !node.jobs:
		a.status.say("by job: none of several ranks is known here")
	default:
		a.status.say("by job and rank")
	}
	a.refresh()
}

// sortBy sorts by a key of fragcalc/query, in the direction that suits it.
func (a *app) sortBy(name string) {
	a.world.order = sortOrder{key: name}
	a.views.node().tree.byRank = false
	a.refresh()
}

// sortBeside is the sort order of the nearest column to one side that has one.
func (v *nodeView) sortBeside(current string, by int) string {
	var keys []string
	at := -1
	for _, c := range v.processes.columns {
		for _, name := range [...]string{c.sort, c.also} {
			if name == "" {
				continue
			}
			if name == current {
				at = len(keys)
			}
			keys = append(keys, name)
		}
	}
	switch {
	case len(keys) == 0:
		return current
	case at < 0:
		return keys[0]
	}
	return keys[(at+by+len(keys))%len(keys)]
}
