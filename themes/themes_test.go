package themes

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryThemeIsComplete(t *testing.T) {
	names := Names()
	if !cmp.Equal(names, []string{"catppuccin-latte", "catppuccin-mocha", "colour-blind", "default", "gruvbox-dark",
		"high-contrast", "mono", "nord", "solarized-light", "tokyo-night"}) {
		t.Errorf("themes: %v", names)
	}
	for _, name := range names {
		theme, err := Load(name)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if theme.Name != name || theme.Description == "" {
			t.Errorf("%s: name %q, description %q", name, theme.Name, theme.Description)
		}
		if missing := theme.missing(); missing != nil {
			t.Errorf("%s lacks %v", name, missing)
		}
	}
}

func TestLoadWithoutANameIsTheDefault(t *testing.T) {
	theme, err := Load("")
	if err != nil || theme.Name != Default {
		t.Fatalf("%q, %v", theme.Name, err)
	}
}

func TestMonoHasNoColour(t *testing.T) {
	source, err := files.ReadFile(Mono + ".toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(source), "\n") {
		_, value, found := strings.Cut(line, " = ")
		if !found || strings.HasPrefix(line, "description") || strings.HasPrefix(line, "background") {
			continue
		}
		var style Style
		if err := style.UnmarshalText([]byte(strings.Trim(value, `"`))); err != nil {
			t.Fatal(err)
		}
		if style.FG.Kind != NoColor || style.BG.Kind != NoColor {
			t.Errorf("%s has a colour", line)
		}
	}
}

func TestErrorsNameTheKey(t *testing.T) {
	good, err := files.ReadFile("mono.toml")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ replace, with, want string }{
		"missing": {"pending = \"plain\"\n", "", "states.pending"},
		"unknown": {"pending = ", "pendng = ", `line 18: unknown key "states.pendng"`},
		"colour":  {`ok = "plain"`, `ok = "mauve"`, `"mauve"`},
		"empty":   {`ok = "plain"`, `ok = ""`, "empty style"},
	} {
		source := strings.Replace(string(good), test.replace, test.with, 1)
		_, err := Parse("mine", []byte(source))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "theme mine") {
			t.Errorf("%s: %v, want it to name %s", name, err, test.want)
		}
	}
	if _, err := Load("neon"); err == nil || !strings.Contains(err.Error(), "default, gruvbox-dark") {
		t.Errorf("an unknown theme: %v", err)
	}
}

func TestStyles(t *testing.T) {
	for text, want := range map[string]Style{
		"plain":              {set: true},
		"bold white on blue": {Bold: true, FG: Color{Kind: BasicColor, Basic: 7}, BG: Color{Kind: BasicColor, Basic: 4}, set: true},
		"dim bright-red":     {Dim: true, FG: Color{Kind: BasicColor, Basic: 9}, set: true},
		"underline reverse":  {Underline: true, Reverse: true, set: true},
		"#7aa2f7 on #000001": {FG: Color{Kind: TrueColor, R: 0x7a, G: 0xa2, B: 0xf7}, BG: Color{Kind: TrueColor, B: 1}, set: true},
	} {
		var style Style
		if err := style.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if style != want {
			t.Errorf("%s: %+v, want %+v", text, style, want)
		}
	}
}
