package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/tui/table"
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
		list.Cycle(1)
		a.refresh()
	case key.Matches(message, k.Previous):
		list.Cycle(-1)
		a.refresh()
	case key.Matches(message, k.Sort):
		a.dialog = newSortPane(a.world.look, list)
	case key.Matches(message, k.SortLeft):
		a.sortBy(list, list.Beside(-1))
	case key.Matches(message, k.SortRight):
		a.sortBy(list, list.Beside(1))
	case key.Matches(message, k.Invert):
		order := list.Ordered()
		order.Reverse = !order.Reverse
		list.SortBy(order)
		a.refresh()
	case key.Matches(message, k.Columns):
		a.dialog = newColumnsPane(a.world.look, list)
	case key.Matches(message, k.Follow):
		a.follow(list)
	default:
		return false
	}
	return true
}

// follow lets the cursors of all lists follow their rows when the order
// changes, or stay on their lines.
func (a *app) follow(list table.Listing) {
	a.stay(!list.Stays())
	_, row := list.About()
	if list.Stays() {
		a.status.say("the cursor stays on its line, whatever " + row + " comes there (g: the first)")
		return
	}
	a.status.say("the cursor follows its " + row)
}

// stay says whether cursors stay on their lines, in all lists.
func (a *app) stay(stays bool) {
	for _, list := range a.views.lists() {
		list.SetStays(stays)
	}
}

// worstFirst sorts a table by a key to see what comes first, and goes there; where
// the order is that already, the cursor stays.
func (a *app) worstFirst(list table.Listing, key string) {
	if list.Ordered() != (table.SortOrder{Key: key}) {
		list.SelectFirst()
	}
	a.sortBy(list, key)
}

// sortBy sorts a table by a key, in the direction that suits it. The cursor stays
// on its row.
func (a *app) sortBy(list table.Listing, key string) {
	list.SortBy(table.SortOrder{Key: key})
	if node := a.views.node(); list == node.list() {
		node.tree.byRank = false
	}
	a.refresh()
}
