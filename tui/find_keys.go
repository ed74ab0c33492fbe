package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// findTyped handles the keys that filter and sort the table that is shown.
func (a *app) findTyped(message tea.KeyMsg) bool {
	list, ok := a.listing()
	if !ok {
		return false
	}
	k := a.keys
	switch {
	case key.Matches(message, k.Filter):
		a.filter.open(list)
	case key.Matches(message, k.Next):
		list.cycle(1)
		a.refresh()
	case key.Matches(message, k.Previous):
		list.cycle(-1)
		a.refresh()
	case key.Matches(message, k.Sort):
		a.dialog = newSortPane(a.world.look, list)
	case key.Matches(message, k.SortLeft):
		a.sortBy(list, list.beside(-1))
	case key.Matches(message, k.SortRight):
		a.sortBy(list, list.beside(1))
	case key.Matches(message, k.Invert):
		order := list.ordered()
		order.reverse = !order.reverse
		list.sortBy(order)
		a.refresh()
	default:
		return false
	}
	return true
}

// sortBy sorts a table by a key, in the direction that suits it.
func (a *app) sortBy(list listing, key string) {
	list.sortBy(sortOrder{key: key})
	if node := a.views.node(); list == node.list() {
		node.tree.byRank = false
	}
	a.refresh()
}
