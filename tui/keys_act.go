package tui

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
)

// actKeys do something to a process, or ask something about it.
type actKeys struct {
	Release, ReleaseAll, Tag, Signal, Attach key.Binding
	Fit, WhatIf, Reports, Copy, SaveScreen   key.Binding
}

func newActKeys() actKeys {
	return actKeys{
		Release:    bind("r", "release", "r"),
		ReleaseAll: bind("R", "release all", "R"),
		Tag:        bind("space", "tag", " "),
		Signal:     bind("x", "signal", "x", "f9"),
		Attach:     bind("a", "attach", "a"),
		Fit:        bind("f", "fits?", "f"),
		WhatIf:     bind("w", "what if", "w"),
		Reports:    bind("o", "reports", "o"),
		Copy:       bind("y", "copy", "y"),
		SaveScreen: bind("Y", "save the screen", "Y", "f12"),
	}
}

func (k *actKeys) group() keyGroup {
	keys := []keyHelp{
		{k.Release, "release its cache, or of those tagged; asks first"},
		{k.ReleaseAll, "release all of its job, or else of its GPU; asks first"},
		{k.Tag, "tag the process for r and x, or take the tag back"},
		{k.Signal, "send it a signal, or to those tagged: TERM, USR1, KILL …; asks first"},
		{k.Attach, "see inside a Python process that was started without run, after asking; once more cancels that"},
		{k.Fit, "would an allocation fit, and what stands in the way"},
		{k.WhatIf, "would other allocator settings do better, by its history"},
		{k.Reports, "open the newest out-of-memory report, or choose one; Esc goes back"},
		{k.Copy, "copy what the cursor is on as JSON: clipboard and file"},
		{k.SaveScreen, "save what is seen as text"},
	}
	return keyGroup{"Act", slices.DeleteFunc(keys, keyHelp.hidden)}
}
