package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// keyMap is every key there is. The key bar and the help are made from it.
type keyMap struct {
	Up, Down, HalfUp, HalfDown, PageUp, PageDown, First, Last key.Binding
	Enter, Back, GPU                                          key.Binding
	Filter, Next, Previous, Tree                              key.Binding
	Sort, SortLeft, SortRight, Invert                         key.Binding
	ByMemory, ByFragmentation, ByPID, ByUser                  key.Binding
	Release, Tag, Attach, Fit, WhatIf, Reports, Pause, Units  key.Binding
	Play, StepBack, StepForward, TravelBack, TravelForward    key.Binding // in a replay
	ToBegin, ToEnd, Slower, Faster                            key.Binding
	Help, Redraw, Suspend, Quit                               key.Binding

	Neighbours key.Binding // Up and Down, as the key bar of a block names them
	Travel     key.Binding // TravelBack and TravelForward, as the key bar names them
}

// newKeyMap binds the keys. Without a release the key for it still says why
// when it is pressed, but is not advertised: it has no help.
func newKeyMap(glyphs *paint.Glyphs, canRelease bool) *keyMap {
	bind := func(help, words string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, words))
	}
	keys := &keyMap{
		Up:       bind("up k", "one line up", "up", "k"),
		Down:     bind("down j", "one line down", "down", "j"),
		HalfUp:   bind("ctrl-u", "half a page up", "ctrl+u"),
		HalfDown: bind("ctrl-d", "half a page down", "ctrl+d"),
		PageUp:   bind("PgUp", "a page up", "pgup"),
		PageDown: bind("PgDn", "a page down", "pgdown"),
		First:    bind("g Home", "first line", "g", "home"),
		Last:     bind("G End", "last line", "G", "end"),

		Enter: bind(glyphs.Enter, "open", "enter", "right", "l"),
		Back:  bind("esc", "back", "esc", "left", "h", "backspace"),
		GPU:   bind("0-9", "to the processes of GPU 0 … 9", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),

		Filter:   bind("/", "filter", "/"),
		Next:     bind("n", "next match", "n"),
		Previous: bind("N", "previous match", "N"),
		Tree:     bind("T", "jobs", "T"),

		Sort:            bind("s", "sort", "s", "f6"),
		SortLeft:        bind("<", "sort by the column to the left", "<"),
		SortRight:       bind(">", "sort by the column to the right", ">"),
		Invert:          bind("I", "reverse the order", "I"),
		ByMemory:        bind("M", "sort by GPU memory", "M"),
		ByFragmentation: bind("F", "sort by fragmentation", "F"),
		ByPID:           bind("P", "sort by PID", "P"),
		ByUser:          bind("U", "sort by user", "U"),

		Release: bind("r", "release", "r"),
		Tag:     bind("space", "tag", " "),
		Attach:  bind("a", "attach", "a"),
		Fit:     bind("f", "fits?", "f"),
		WhatIf:  bind("w", "what if", "w"),
		Reports: bind("o", "reports", "o"),
		Pause:   bind("p", "pause", "p"),
		Units:   bind("u", "units", "u"),

		Neighbours: bind("j k", "neighbours", "up", "down", "j", "k"),

		Play:          bind("space", "play or pause", " ", "p"),
		StepBack:      bind(",", "a sample back", ","),
		StepForward:   bind(".", "a sample forward", "."),
		TravelBack:    bind("[", "a minute back", "["),
		TravelForward: bind("]", "a minute forward", "]"),
		ToBegin:       bind("{", "to its beginning", "{"),
		ToEnd:         bind("}", "to its end", "}"),
		Slower:        bind("-", "slower", "-"),
		Faster:        bind("+", "faster", "+", "="),
		Travel:        bind("[ ]", "a minute", "[", "]"),

		Help:    bind("?", "help", "?", "f1"),
		Redraw:  bind("ctrl-l", "draw the screen anew", "ctrl+l"),
		Suspend: bind("ctrl-z", "suspend", "ctrl+z"),
		Quit:    bind("q", "quit", "q", "f10", "ctrl+c"),
	}
	if !canRelease {
		keys.Release.SetHelp("", "")
	}
	return keys
}

// motion is the movement that a key asks for.
func (k *keyMap) motion(message tea.KeyMsg) (motion, bool) {
	for m, binding := range [...]key.Binding{k.Up, k.Down, k.HalfUp, k.HalfDown, k.PageUp, k.PageDown, k.First, k.Last} {
		if key.Matches(message, binding) {
			return motion(m), true
		}
	}
	return 0, false
}

// keyGroup is a part of the help.
type keyGroup struct {
	title string
	keys  []keyHelp
}

// keyHelp explains a key: in the key bar's words where no more need be said.
type keyHelp struct {
	key.Binding
	more string
}

func (h keyHelp) text() string { return orElse(h.more, h.Help().Desc) }

// groups are all keys, as the help shows them.
func (k *keyMap) groups() []keyGroup {
	act := []keyHelp{{k.Release, "release its cache, or of those tagged; asks first"},
		{k.Tag, "tag the process for r, or take the tag back"},
		{k.Attach, "see inside a Python process that was started without run, after asking"},
		{k.Fit, "would an allocation fit, and what stands in the way"},
		{k.WhatIf, "would other allocator settings do better, by its history"},
		{k.Reports, "open the newest out-of-memory report, or choose one; Esc goes back"},
		{k.Pause, "freeze the screen; sampling goes on"}, {k.Units, "sizes in GiB, MiB, bytes, or as suits each"}}
	act = slices.DeleteFunc(act, func(h keyHelp) bool { return h.Help().Desc == "" })
	return []keyGroup{
		{"Look inside", []keyHelp{{k.Enter, "one level down: process, pool, segment, block"},
			{k.Back, "one level up; clears the filter"}, {k.GPU, ""}}},
		{"Move", []keyHelp{{k.Up, ""}, {k.Down, ""}, {k.HalfUp, ""}, {k.HalfDown, ""},
			{k.PageUp, ""}, {k.PageDown, ""}, {k.First, ""}, {k.Last, ""}}},
		{"Act", act},
		{"Find and sort processes", []keyHelp{{k.Filter, "filter: a text, or frag>0.3 & user==alice & gpu==0"},
			{k.Next, ""}, {k.Previous, ""}, {k.Tree, "the processes of a job together, by rank"}, {k.Sort, "choose what to sort by"}, {k.SortLeft, ""}, {k.SortRight, ""},
			{k.Invert, ""}, {k.ByMemory, ""}, {k.ByFragmentation, ""}, {k.ByPID, ""}, {k.ByUser, ""}}},
		{"In a replay", []keyHelp{{k.Play, "play or pause the recording"}, {k.StepBack, ""}, {k.StepForward, ""},
			{k.TravelBack, ""}, {k.TravelForward, ""}, {k.ToBegin, ""}, {k.ToEnd, ""}, {k.Slower, ""}, {k.Faster, ""}}},
		{"Program", []keyHelp{{k.Help, ""}, {k.Redraw, ""}, {k.Suspend, ""}, {k.Quit, ""}}},
	}
}

// keyNames are all keys of a binding as they are printed on a keyboard.
func keyNames(b key.Binding) string {
	const many = 6 // keys from which the binding's own words are shorter
	if len(b.Keys()) >= many {
		return b.Help().Key
	}
	names := make([]string, len(b.Keys()))
	for i, name := range b.Keys() {
		names[i] = keyName(name)
	}
	return strings.Join(names, " ")
}

// keyName turns Bubble Tea's name of a key into the one on the keyboard:
// "ctrl+u" is Ctrl-U, "pgup" PgUp, "f6" F6. Letters stay as they are.
func keyName(name string) string {
	switch control, isControl := strings.CutPrefix(name, "ctrl+"); {
	case isControl:
		return "Ctrl-" + strings.ToUpper(control)
	case name == " ":
		return "Space"
	case len(name) == 1:
		return name
	case name == "pgup":
		return "PgUp"
	case name == "pgdown":
		return "PgDn"
	default:
		return strings.ToUpper(name[:1]) + name[1:]
	}
}
