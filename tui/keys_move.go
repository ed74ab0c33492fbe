package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/tui/table"
)

// moveKeys move the cursor.
type moveKeys struct {
	Up, Down, HalfUp, HalfDown, PageUp, PageDown, First, Last key.Binding

	Neighbours key.Binding // Up and Down, as the key bar of a block names them
}

func newMoveKeys() moveKeys {
	return moveKeys{
		Up:       bind("up k", "one line up", "up", "k"),
		Down:     bind("down j", "one line down", "down", "j"),
		HalfUp:   bind("ctrl-u", "half a page up", "ctrl+u"),
		HalfDown: bind("ctrl-d", "half a page down", "ctrl+d"),
		PageUp:   bind("PgUp", "a page up", "pgup"),
		PageDown: bind("PgDn", "a page down", "pgdown"),
		First:    bind("g Home", "first line", "g", "home"),
		Last:     bind("G End", "last line", "G", "end"),

		Neighbours: bind("j k", "neighbours", "up", "down", "j", "k"),
	}
}

func (k *moveKeys) group() keyGroup {
	return keyGroup{"Move", []keyHelp{{k.Up, ""}, {k.Down, ""}, {k.HalfUp, ""}, {k.HalfDown, ""},
		{k.PageUp, ""}, {k.PageDown, ""}, {k.First, ""}, {k.Last, ""}}}
}

// motion is the movement that a key asks for.
func (k *moveKeys) motion(message tea.KeyMsg) (table.Motion, bool) {
	for m, binding := range [...]key.Binding{k.Up, k.Down, k.HalfUp, k.HalfDown, k.PageUp, k.PageDown, k.First, k.Last} {
		if key.Matches(message, binding) {
			return table.Motion(m), true
		}
	}
	return 0, false
}
