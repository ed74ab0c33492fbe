package tui

import "slices"

// lister is a view with a table that can be sorted and filtered.
type lister interface{ list() listing }

// manyLister is a view with several tables, of which list is the one that the
// cursor is in.
type manyLister interface{ lists() []listing }

// listing is the table of the view that is shown, if it has one.
func (a *app) listing() (listing, bool) {
	if a.world.snapshot == nil {
		return nil, false
	}
	if view, ok := a.view().(lister); ok {
		return view.list(), true
	}
	return nil, false
}

// lists are the tables of all views, each once.
func (v *views) lists() []listing {
	var lists []listing
	for _, tabs := range v {
		for _, view := range tabs {
			var of []listing
			switch l := view.(type) {
			case manyLister:
				of = l.lists()
			case lister:
				of = []listing{l.list()}
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
