package tui

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// book keeps choices as a settings file does.
type book struct {
	text string
	err  error
}

func (b *book) Save(_ context.Context, c Choices) (string, error) {
	text, err := toml.Marshal(c)
	b.text = string(text)
	return "/home/x/config.toml", errors.Join(err, b.err)
}

// again is a driver with what the book holds.
func (b *book) again(t *testing.T) *driver {
	t.Helper()
	var c Choices
	if err := toml.Unmarshal([]byte(b.text), &c); err != nil {
		t.Fatal(err)
	}
	theme, err := shelf{}.Load(c.Theme)
	if err != nil {
		t.Fatal(err)
	}
	return newDriver(t, 120, 40, coloured, func(o *Options) { o.Choices, o.Settings, o.Theme = c, b, theme })
}

func TestChoicesComeBack(t *testing.T) {
	b := &book{}
	d := newDriver(t, 120, 40, coloured, func(o *Options) { o.Settings = b }).sample(jobNode())
	usual := d.app.View()
	d.runs(d.keys("W"))
	d.shows("the view is saved in /home/x/config.toml")
	if strings.TrimSpace(b.text) != "theme = 'default'\n\n[sort]\nprocesses = 'stranded'" {
		t.Errorf("nothing was chosen, and saved is:\n%s", b.text)
	}
	d.runs(d.keys("t"))
	d.theme("nord")
	d.keys("enter", "u", "u", "M", "I", "T", "ctrl+f", "H", "-", "-", "H", "c", "j", " ", "<", "esc")
	d.keys("j", "enter", "s", "j", "j", "enter") // pools
	d.keys("enter")
	d.shows("MAP")
	d.keys("v", "s", "v")        // the map: large segments first
	d.keys("c", "G", " ", "esc") // segments without their map
	d.keys("esc", "esc", "g", "j")
	d.runs(d.keys("W"))
	d.keys("esc")
	want := d.app.View()
	if want == usual {
		t.Fatal("nothing has changed")
	}
	again := b.again(t).sample(jobNode())
	again.keys("g", "j")
	if got := again.app.View(); got != want {
		t.Errorf("saved:\n%s\nand the screen is\n%s\nnot\n%s", b.text, strings.Join(again.screen(), "\n"), strings.Join(d.screen(), "\n"))
	}
	if strings.Contains(b.text, "+") || !strings.Contains(b.text, "segments = ['-map']") {
		t.Errorf("saved:\n%s", b.text)
	}
	for _, key := range []string{"enter", "enter", "v", "v"} {
		d.keys(key, "g")
		again.keys(key, "g")
		if again.app.View() != d.app.View() {
			t.Errorf("the screen is\n%s\nnot\n%s", strings.Join(again.screen(), "\n"), strings.Join(d.screen(), "\n"))
		}
	}
	if got := again.app.choices(); !reflect.DeepEqual(got, d.app.choices()) {
		t.Errorf("%+v, not %+v", got, d.app.choices())
	}
	b.err = errors.New("write /home/x/config.toml: no space left on device")
	d.runs(d.keys("W"))
	d.shows("not saved: write /home/x/config.toml: no space left")
	d.app.options.Settings = nil
	d.keys("W")
	d.shows("not saved: there is no settings file here")
}

func TestWrongChoicesAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"units = 'parsec'":                 `units = "parsec": there are GiB, MiB and bytes`,
		"history = 'ever'":                 `history = "ever": there are 1 m`,
		"map = 'beauty'":                   `map = "beauty": there are address, size, stranded`,
		"cursor = 'moon'":                  `cursor = "moon": there are row and line`,
		"[sort]\nprocesses = 'beauty'":     `sort: processes = "beauty": sort by one of memory, reserved`,
		"[sort]\nplanets = 'size'":         `sort: planets is no list: there are processes, `,
		"[columns]\nblocks = ['+colour']":  `columns: blocks: "+colour" is no column of it`,
		"[columns]\nplanets = ['+colour']": `columns: planets is no list`,
	} {
		var c Choices
		if err := toml.Unmarshal([]byte(text), &c); err != nil {
			t.Fatal(err)
		}
		_, err := newApp(context.Background(), Options{Source: silent{}, Getenv: plainTerminal, Choices: c})
		if err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, ErrChoices) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
