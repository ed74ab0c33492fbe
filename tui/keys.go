package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"

	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// keyMap is every key there is, in the groups of the help. The key bar and the
// help are made from it.
type keyMap struct {
	lookKeys
	moveKeys
	mapKeys
	actKeys
	findKeys
	stackKeys
	historyKeys
	replayKeys
	programKeys
}

// newKeyMap binds the keys. Those for what cannot be done still say why when they
// are pressed, but are not advertised: they have no help.
func newKeyMap(glyphs *paint.Glyphs, canRelease, canSignal bool) *keyMap {
	keys := &keyMap{
		lookKeys:    newLookKeys(glyphs),
		moveKeys:    newMoveKeys(),
		mapKeys:     newMapKeys(),
		actKeys:     newActKeys(),
		findKeys:    newFindKeys(),
		stackKeys:   newStackKeys(),
		historyKeys: newHistoryKeys(),
		replayKeys:  newReplayKeys(),
		programKeys: newProgramKeys(),
	}
	if !canRelease {
		keys.Release.SetHelp("", "")
		keys.ReleaseAll.SetHelp("", "")
	}
	if !canSignal {
		keys.Signal.SetHelp("", "")
	}
	if !canRelease && !canSignal {
		keys.Tag.SetHelp("", "")
	}
	return keys
}

// groups are all keys, as the help shows them.
func (k *keyMap) groups() []keyGroup {
	return []keyGroup{
		k.lookKeys.group(),
		k.moveKeys.group(),
		k.mapKeys.group(),
		k.actKeys.group(),
		k.findKeys.group(),
		k.stackKeys.group(),
		k.historyKeys.group(),
		k.replayKeys.group(),
		k.programKeys.group(),
	}
}

// bind makes a binding: help is how the key bar writes the key, words say there
// what it does.
func bind(help, words string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, words))
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

// hidden tells that a key does nothing here but say why.
func (h keyHelp) hidden() bool { return h.Help().Desc == "" }

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
	case name == "shift+tab":
		return "Shift-Tab"
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
