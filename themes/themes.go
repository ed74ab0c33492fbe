// Package themes holds the colours of the screens: TOML files, one a theme,
// embedded in the program, and those in a folder of the user's, which come
// first. A theme names every role there is, or inherits it, so that no screen
// falls back on a colour nobody chose.
package themes

import (
	"embed"
	"path"
	"strings"
)

//go:embed *.toml
var files embed.FS

// Default is the name of the theme used when none is asked for.
const Default = "default"

// Mono is the name of the theme without colours.
const Mono = "mono"

// Theme is a complete set of styles.
type Theme struct {
	Name        string
	Description string // one line for people
	Background  Background
	Screen      Screen
	States      States
}

// Screen styles what surrounds the figures.
type Screen struct {
	Text      Style `toml:"fg"`
	Muted     Style `toml:"muted"`
	Title     Style `toml:"title"`
	Accent    Style `toml:"accent"`
	Border    Style `toml:"border"`
	Selection Style `toml:"selection"`
	OK        Style `toml:"ok"`
	Warn      Style `toml:"warn"`
	Crit      Style `toml:"crit"`
}

// States styles what GPU memory is in.
type States struct {
	Used       Style `toml:"used"`
	Rounding   Style `toml:"rounding"`
	Pending    Style `toml:"pending"`
	Stranded   Style `toml:"stranded"`
	Releasable Style `toml:"releasable"`
	Parked     Style `toml:"parked"`
	Unmapped   Style `toml:"unmapped"`
	Unseen     Style `toml:"unseen"` // memory of processes that cannot be seen into
	Other      Style `toml:"other"`
	Driver     Style `toml:"driver"`
	Free       Style `toml:"free"`
}

// Names lists the themes that come with the program, in alphabetical order.
func Names() []string { return Library{}.Names() }

// Load returns the theme of that name that comes with the program; an empty
// name is Default.
func Load(name string) (Theme, error) { return Library{}.Load(name) }

// embedded lists the names of the embedded themes.
func embedded() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil // an embedded folder can be read
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(entry.Name(), path.Ext(entry.Name())))
	}
	return names
}
