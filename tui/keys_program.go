package tui

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
)

// programKeys are about the screen itself.
type programKeys struct {
	Log, Pause, Units, Tape, Theme, Save, Help, Redraw, Suspend, Quit key.Binding
}

func newProgramKeys() programKeys {
	return programKeys{
		Log:     bind("l", "log", "l"),
		Pause:   bind("p", "pause", "p"),
		Units:   bind("u", "units", "u"),
		Tape:    bind("ctrl-r", "record what is seen", "ctrl+r"),
		Theme:   bind("t", "theme", "t"),
		Save:    bind("W", "save", "W"),
		Help:    bind("?", "help", "?", "f1"),
		Redraw:  bind("ctrl-l", "draw the screen anew", "ctrl+l"),
		Suspend: bind("ctrl-z", "suspend", "ctrl+z"),
		Quit:    bind("q", "quit", "q", "f10", "ctrl+c"),
	}
}

func (k *programKeys) group() keyGroup {
	keys := []keyHelp{
		{k.Log, "what was done and seen: errors, releases, processes that came and went"},
		{k.Pause, "freeze the screen; sampling goes on"}, {k.Units, "sizes in GiB, MiB, bytes, or as suits each"},
		{k.Tape, "record what is seen into a file, for replay; once more ends it"},
		{k.Theme, "choose the colours, shown as the cursor moves"},
		{k.Save, "save theme, units, sort, columns … for the next time"},
		{k.Help, ""}, {k.Redraw, ""}, {k.Suspend, ""}, {k.Quit, ""},
	}
	return keyGroup{"Program", slices.DeleteFunc(keys, keyHelp.hidden)}
}
