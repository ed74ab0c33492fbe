package tui

import (
	"github.com/charmbracelet/bubbles/key"
)

// historyKeys look at the last hour. Keys that zoom, and those that go through
// what was found, mean something else in other tabs.
type historyKeys struct {
	Shorter, Longer, UsualTime key.Binding
	Earlier, Later             key.Binding
	NextMark, LastMark         key.Binding
}

func newHistoryKeys() historyKeys {
	return historyKeys{
		Shorter:   bind("+", "shorter", "+"),
		Longer:    bind("-", "longer", "-"),
		UsualTime: bind("=", "the last 5 minutes again", "="),
		Earlier:   bind("left", "earlier", "left"),
		Later:     bind("right", "later", "right"),
		NextMark:  bind("n", "next event", "n"),
		LastMark:  bind("N", "the event before", "N"),
	}
}

func (k *historyKeys) group() keyGroup {
	return keyGroup{"In the history", []keyHelp{
		{k.Shorter, "a shorter time, in more detail"}, {k.Longer, "a longer time, up to an hour"}, {k.UsualTime, ""},
		{k.Earlier, "to an earlier moment, and what was then"}, {k.Later, "to a later moment; after the last one, now"},
		{k.NextMark, "to the next OOM, retry or release"}, {k.LastMark, ""},
	}}
}
