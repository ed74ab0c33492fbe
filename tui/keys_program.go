package tui

import "github.com/charmbracelet/bubbles/key"

// programKeys are about the screen itself.
type programKeys struct {
	Pause, Units, Theme, Save, Help, Redraw, Suspend, Quit key.Binding
}

func newProgramKeys() programKeys {
	return programKeys{
		Pause:   bind("p", "pause", "p"),
		Units:   bind("u", "units", "u"),
		Theme:   bind("t", "theme", "t"),
		Save:    bind("W", "save", "W"),
		Help:    bind("?", "help", "?", "f1"),
		Redraw:  bind("ctrl-l", "draw the screen anew", "ctrl+l"),
		Suspend: bind("ctrl-z", "suspend", "ctrl+z"),
		Quit:    bind("q", "quit", "q", "f10", "ctrl+c"),
	}
}

func (k *programKeys) group() keyGroup {
	return keyGroup{"Program", []keyHelp{
		{k.Pause, "freeze the screen; sampling goes on"}, {k.Units, "sizes in GiB, MiB, bytes, or as suits each"},
		{k.Theme, "choose the colours, shown as the cursor moves"},
		{k.Save, "save theme, units, sort, columns … for the next time"},
		{k.Help, ""}, {k.Redraw, ""}, {k.Suspend, ""}, {k.Quit, ""},
	}}
}
