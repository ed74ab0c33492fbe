package tui

import (
	"github.com/charmbracelet/bubbles/key"

	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// lookKeys go up and down the levels, and from tab to tab.
type lookKeys struct {
	Enter, Back, GPU key.Binding
	NextTab, LastTab key.Binding
	Tabs             [tabCount]key.Binding // those with a key of their own
	Mark             key.Binding
}

func newLookKeys(glyphs *paint.Glyphs) lookKeys {
	keys := lookKeys{
		Enter:   bind(glyphs.Enter, "open", "enter", "right"),
		Back:    bind("esc", "back", "esc", "left", "h", "backspace"),
		GPU:     bind("0-9", "to the processes of GPU 0 … 9", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
		NextTab: bind("tab", "look", "tab"),
		LastTab: bind("shift-tab", "the tab before", "shift+tab"),
	}
	keys.Tabs[tabStacks] = bind("S", "stacks", "S")
	keys.Mark = bind("m", "mark", "m")
	keys.Tabs[tabChange] = bind("'", "change", "'")
	keys.Tabs[tabHistory] = bind("H", "history", "H")
	keys.Tabs[tabMap] = bind("v", "map", "v")
	return keys
}

func (k *lookKeys) group() keyGroup {
	keys := []keyHelp{
		{k.Enter, "one level down: process, pool, segment, block; of a block all calls of its stack"},
		{k.Back, "one level up, or back to the list, map or stacks one came from; clears the filter"},
		{k.NextTab, "the next tab"}, {k.LastTab, ""},
	}
	keys = append(keys, keyHelp{k.Mark, "mark the moment that is shown, to see what is different since"})
	for t, binding := range k.Tabs {
		if len(binding.Keys()) > 0 {
			keys = append(keys, keyHelp{binding, tabHelp[t]})
		}
	}
	return keyGroup{"Look inside", append(keys, keyHelp{k.GPU, ""})}
}
