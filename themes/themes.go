// Package themes holds the colours of the screens: TOML files, one a theme,
// embedded in the program. A theme names every role there is, so that no
// screen falls back on a colour nobody chose.
package themes

import (
	"embed"
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/tomlfile"
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

// Names lists the themes there are, in alphabetical order.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil // an embedded folder can be read
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(entry.Name(), path.Ext(entry.Name())))
	}
	sort.Strings(names)
	return names
}

// Load returns the theme of that name; an empty name is Default.
func Load(name string) (Theme, error) {
	if name == "" {
		name = Default
	}
	for _, known := range Names() {
		if known == name {
			source, err := files.ReadFile(name + ".toml")
			if err != nil {
				return Theme{}, fmt.Errorf("theme %s: %w", name, err)
			}
			return Parse(name, source)
		}
	}
	return Theme{}, fmt.Errorf("no theme %q: choose one of %s", name, strings.Join(Names(), ", "))
}

// Parse reads a theme from TOML. Unknown and missing keys are errors.
func Parse(name string, source []byte) (Theme, error) {
	var file struct {
		Description string `toml:"description"`
		Screen      Screen `toml:"screen"`
		States      States `toml:"states"`
	}
	if err := tomlfile.Decode(source, &file); err != nil {
		return Theme{}, fmt.Errorf("theme %s: %w", name, err)
	}
	theme := Theme{Name: name, Description: file.Description, Screen: file.Screen, States: file.States}
	if missing := theme.missing(); len(missing) > 0 {
		return Theme{}, fmt.Errorf("theme %s: no style for %s", name, strings.Join(missing, ", "))
	}
	return theme, nil
}
