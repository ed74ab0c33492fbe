package themes

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/fragcalc/tomlfile"
)

// mostDescription bounds a description, in bytes.
const mostDescription = 200

// Parse reads a theme from TOML. It may inherit from those that come with the
// program. Unknown keys are errors, and missing ones that it does not inherit.
func Parse(name string, source []byte) (Theme, error) {
	label := "theme " + name
	return parse(name, label, source, func(parent string) (Theme, error) {
		return Library{}.resolve(parent, []string{label})
	})
}

// parse reads a theme; label is what errors call it, and inherit loads the
// theme that it inherits from.
func parse(name, label string, source []byte, inherit func(string) (Theme, error)) (Theme, error) {
	var file struct {
		Description string     `toml:"description"`
		Inherits    string     `toml:"inherits"`
		Background  Background `toml:"background"`
		Screen      Screen     `toml:"screen"`
		States      States     `toml:"states"`
	}
	if err := tomlfile.Decode(source, &file); err != nil {
		var unknown *tomlfile.UnknownKeyError
		if errors.As(err, &unknown) {
			return Theme{}, fmt.Errorf("%s: %w: mend or remove it", label, err)
		}
		return Theme{}, fmt.Errorf("%s: %w", label, err)
	}
	theme := Theme{Name: name, Description: text.Clean(file.Description, mostDescription),
		Background: file.Background, Screen: file.Screen, States: file.States}
	if file.Inherits != "" {
		parent, err := inherit(file.Inherits)
		if err != nil {
			return Theme{}, err
		}
		theme.inherit(parent)
	}
	if missing := theme.missing(); len(missing) > 0 {
		return Theme{}, fmt.Errorf(`%s: nothing for %s: add it, or inherits = "%s" on the first line`, label, strings.Join(missing, ", "), Default)
	}
	if theme.Background.Painted() && theme.Screen.Text.FG.Kind == NoColor {
		return Theme{}, fmt.Errorf(`%s: screen.fg has no colour of its own, but background has: give it one, or background = "dark" or "light"`, label)
	}
	return theme, nil
}

// inherit takes from another theme what this one does not give.
func (t *Theme) inherit(parent Theme) {
	if t.Description == "" {
		t.Description = "As " + parent.Name + ", changed"
	}
	if !t.Background.set {
		t.Background = parent.Background
	}
	given, theirs := t.tables(), parent.tables()
	for i := range given {
		for j := range given[i].styles.NumField() {
			if style, ok := given[i].styles.Field(j).Addr().Interface().(*Style); ok && !style.set {
				given[i].styles.Field(j).Set(theirs[i].styles.Field(j))
			}
		}
	}
}

// table is a table of styles in a theme file.
type table struct {
	name   string
	styles reflect.Value
}

// tables are the tables of styles, which can be set.
func (t *Theme) tables() []table {
	return []table{
		{"screen", reflect.ValueOf(&t.Screen).Elem()},
		{"states", reflect.ValueOf(&t.States).Elem()},
	}
}

// Each calls f with every style and its name in a theme file, "table.key".
func (t *Theme) Each(f func(name string, style *Style)) {
	for _, table := range t.tables() {
		for i := range table.styles.NumField() {
			if style, ok := table.styles.Field(i).Addr().Interface().(*Style); ok {
				f(table.name+"."+table.styles.Type().Field(i).Tag.Get("toml"), style)
			}
		}
	}
}

// missing names what the theme does not give.
func (t *Theme) missing() []string {
	var names []string
	if !t.Background.set {
		names = append(names, "background")
	}
	t.Each(func(name string, style *Style) {
		if !style.set {
			names = append(names, name)
		}
	})
	return names
}
