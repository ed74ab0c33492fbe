package tui

import (
	"slices"

	"github.com/gpufragtop/gpufragtop/tui/table"
)

// lister is a view with a table that can be sorted and filtered.
type lister interface{ list() table.Listing }

// manyLister is a view with several tables, of which list is the one that the
// cursor is in.
type manyLister interface{ lists() []table.Listing }

// listing is the table of the view that is shown, if it has one.
func (a *app) listing() (table.Listing, bool) {
	if a.world.snapshot == nil {
		return nil, false
	}
	if view, ok := a.view().(lister); ok {
		return view.list(), true
	}
	return nil, false
}

// lists are the tables of all views, each once.
func (v *views) lists() []table.Listing {
	var lists []table.Listing
	for _, tabs := range v {
		for _, view := range tabs {
			var of []table.Listing
			switch l := view.(type) {
			case manyLister:
				of = l.lists()
			case lister:
				of = []table.Listing{l.list()}
			}
			for _, list := range of {
				if !slices.Contains(lists, list) {
					lists = append(lists, list)
				}
			}
		}
	}
	return lists
}
