package tui

import (
	"github.com/charmbracelet/bubbles/key"
)

// view is one level of the drill-down: the body between the title and the
// lines at the bottom.
type view interface {
	// refresh takes what the world shows now: another sample, place or order.
	refresh(w *world)
	move(w *world, m motion)
	// down is the place that Enter leads to.
	down(w *world) (place, bool)
	crumb(w *world) string
	render(w *world, width, height int) []string
	// summary are facts about the selection, a sentence each, the most useful
	// first.
	summary(w *world) []string
	// position is the selected row, from 0 on, and how many there are.
	position() (at, of int)
	// bar are the keys worth a place in the key bar, most useful first.
	bar(keys *keyMap) []key.Binding
}

func newViews() [levelCount]view {
	return [levelCount]view{newNodeView(), newProcessView(), newPoolView(), newSegmentView(), newBlockView()}
}
