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
	case key.Matches(message, k.LargestPinned):
		v.toLargestPinned(a)
	case key.Matches(message, k.Tree):
		a.toggleTree(v)
	case key.Matches(message, k.ByMemory):
		a.worstFirst(v.list(), sortMemory)
	case key.Matches(message, k.ByFragmentation):
		a.worstFirst(v.list(), sortFragmentation)
	case key.Matches(message, k.ByPID):
		a.sortBy(v.list(), sortPID)
	case key.Matches(message, k.ByUser):
		a.sortBy(v.list(), sortUser)
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
