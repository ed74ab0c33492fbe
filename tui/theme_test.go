package tui

import (
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/themes"
)

// shelf has the themes of the program and one that is broken.
type shelf struct{}

func (shelf) Names() []string { return append(themes.Names(), "zz-mine") }

func (shelf) Load(name string) (themes.Theme, error) {
	if name == "zz-mine" {
		return themes.Theme{}, errors.New(`/home/x/zz-mine.toml: line 3: unknown key "colour"`)
	}
	return themes.Load(name)
}

func coloured(o *Options) {
	o.Themes = shelf{}
	o.Getenv = env("TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8")
}

// theme moves the cursor of the pane to a theme.
func (d *driver) theme(name string) {
	d.t.Helper()
	d.keys("g")
	for range len(shelf{}.Names()) {
		if strings.HasPrefix(d.paneCursor(), name+" ") {
			return
		}
		d.keys("j")
	}
	d.t.Fatalf("no theme %s:\n%s", name, strings.Join(d.screen(), "\n"))
}

func TestThemesAreShownLive(t *testing.T) {
	d := newDriver(t, 100, 40, coloured).sample(goldenNode())
	d.keys("enter") // a view that keeps what it drew
	before := d.app.View()
	d.runs(d.keys("t"))
	d.shows("Themes", "▸default", "Enter keeps it, Esc goes back.")
	d.theme("nord")
	const ground = "48;2;46;52;64" // of nord
	for i, line := range strings.Split(d.app.View(), "\n") {
		if ansi.StringWidth(line) != 100 || !strings.Contains(line, ground) {
			t.Errorf("line %d is painted %d cells wide: %q", i, ansi.StringWidth(line), line)
		}
	}
	d.keys("esc")
	if d.app.View() != before {
		t.Error("Esc does not bring the theme back")
	}
	d.runs(d.keys("t"))
	d.theme("nord")
	d.keys("enter")
	d.shows("theme nord (W keeps it)")
	if !strings.Contains(d.app.View(), ground) || d.app.options.Theme.Name != "nord" {
		t.Error("Enter does not keep the theme")
	}
	d.runs(d.keys("t"))
	d.shows("▸nord")
	d.theme("zz-mine")
	d.shows("cannot be used", `line 3: unknown key "colour"`)
	d.keys("enter") // is not taken
	d.shows("Themes")
	d.keys("q")
	d.hides("Themes")
	if d.app.options.Theme.Name != "nord" {
		t.Errorf("theme %s", d.app.options.Theme.Name)
	}
}

// No view keeps what it drew in another theme.
func TestNoViewKeepsATheme(t *testing.T) {
	const nord, tokyo = "48;2;46;52;64", "48;2;26;27;38"
	for _, keys := range [][]string{nil, {"enter"}, {"enter", "enter"}, {"enter", "enter", "enter"}, {"enter", "enter", "enter", "enter"}} {
		d := newDriver(t, 100, 40, coloured).sample(deepNode())
		d.keys("m")
		d.keys(keys...)
		at := d.app.world.place.level
		for range d.app.views.tabs(at) {
			for theme, ground := range map[string]string{"nord": nord, "tokyo-night": tokyo} {
				d.runs(d.keys("t"))
				d.theme(theme)
				d.app.View()
				d.keys("enter")
				for i, line := range strings.Split(d.app.View(), "\n") {
					other := nord
					if ground == nord {
						other = tokyo
					}
					if !strings.Contains(line, ground) || strings.Contains(line, other) {
						t.Fatalf("%v, tab %d, line %d is not painted in %s: %q", keys, d.app.world.place.tab, i, theme, line)
					}
				}
			}
			d.keys("tab")
		}
	}
}

func TestThemesThatAreLateAreNotTaken(t *testing.T) {
	d := newDriver(t, 100, 30, coloured).sample(goldenNode())
	late := d.keys("t")
	d.shows("reading")
	d.keys("esc")
	d.send(late())
	d.hides("Themes")
	d.keys("t")
	d.send(late())
	d.shows("reading")
	d = newDriver(t, 100, 30, func(o *Options) { o.Themes = shelf{} }).sample(goldenNode())
	d.runs(d.keys("t"))
	d.shows("This terminal shows no colours")
}

func TestTheListOfThemesFitsEverywhere(t *testing.T) {
	for _, size := range [][2]int{{200, 60}, {80, 24}, {40, 10}, {24, 9}, {20, 6}, {3, 3}, {1, 1}} {
		d := newDriver(t, size[0], size[1], coloured).sample(goldenNode())
		d.send(d.keys("t")())
		for range 12 {
			checkBounds(t, d, size[0], size[1], []string{"t"})
			d.keys("j")
		}
	}
}
