package paint

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/themes"
)

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestDetectProfile(t *testing.T) {
	for _, test := range []struct {
		environment []string
		want        Profile
	}{
		{nil, NoColor},
		{[]string{"TERM", "dumb", "COLORTERM", "truecolor"}, NoColor},
		{[]string{"TERM", "vt220"}, NoColor},
		{[]string{"TERM", "linux"}, Colors16},
		{[]string{"TERM", "linux-m"}, NoColor},
		{[]string{"TERM", "xterm-mono"}, NoColor},
		{[]string{"TERM", "screen"}, Colors16},
		{[]string{"TERM", "tmux-256color", "TMUX", "/tmp/tmux"}, Colors256},
		{[]string{"TERM", "xterm-256color"}, Colors256},
		{[]string{"TERM", "xterm-256color", "COLORTERM", "truecolor"}, TrueColor},
		{[]string{"TERM", "xterm-256color", "COLORTERM", "truecolor", "NO_COLOR", "1"}, NoColor},
		{[]string{"TERM", "xterm-kitty"}, TrueColor},
		{[]string{"TERM", "screen-256color", "COLORTERM", "truecolor"}, Colors256},
		{[]string{"TERM", "screen-256color", "COLORTERM", "truecolor", "TMUX", "/tmp/tmux"}, TrueColor},
	} {
		if got := DetectProfile(environment(test.environment...)); got != test.want {
			t.Errorf("%v: profile %d, want %d", test.environment, got, test.want)
		}
	}
}

func TestUTF8(t *testing.T) {
	for _, test := range []struct {
		environment []string
		want        bool
	}{
		{nil, false},
		{[]string{"LANG", "C"}, false},
		{[]string{"LANG", "de_DE.UTF-8"}, true},
		{[]string{"LANG", "C.utf8"}, true},
		{[]string{"LANG", "de_DE.UTF-8", "LC_ALL", "C"}, false},
		{[]string{"LANG", "C", "LC_CTYPE", "en_US.UTF-8"}, true},
	} {
		if got := UTF8(environment(test.environment...)); got != test.want {
			t.Errorf("%v: %v", test.environment, got)
		}
	}
}

func palette(t *testing.T, profile Profile) *Palette {
	t.Helper()
	theme, err := themes.Load(themes.Default)
	if err != nil {
		t.Fatal(err)
	}
	mono, err := themes.Load(themes.Mono)
	if err != nil {
		t.Fatal(err)
	}
	return Compile(theme, mono, profile)
}

func TestPrefixes(t *testing.T) {
	red := themes.Style{FG: themes.Color{Kind: themes.BasicColor, Basic: 1}, Bold: true}
	pink := themes.Style{FG: themes.Color{Kind: themes.TrueColor, R: 255, G: 95, B: 175}, BG: themes.Color{Kind: themes.BasicColor, Basic: 12}}
	for _, test := range []struct {
		style   themes.Style
		profile Profile
		want    string
	}{
		{themes.Style{}, TrueColor, "\x1b[m"},
		{red, Colors16, "\x1b[0;1;31m"},
		{red, NoColor, "\x1b[0;1m"},
		{pink, TrueColor, "\x1b[0;38;2;255;95;175;104m"},
		{pink, Colors256, "\x1b[0;38;5;205;104m"},
	} {
		if got := prefix(test.style, test.profile); got != test.want {
			t.Errorf("%+v: %q, want %q", test.style, got, test.want)
		}
	}
}

func TestWithoutColoursNoneIsSent(t *testing.T) {
	p := palette(t, NoColor)
	for role, prefix := range p.prefix {
		for _, code := range []string{";3", ";4", ";9", ";10"} {
			if strings.Contains(prefix, code) {
				t.Errorf("role %d: %q", role, prefix)
			}
		}
	}
}

func TestLineStaysInItsWidth(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	words := []string{"plain", "größe", "漢字", "🙂🙂", "e\u0301e\u0301", "", " "}
	p := palette(t, Colors16)
	for range 2000 {
		max := r.Intn(30)
		line := NewLine(p, max)
		for range r.Intn(6) {
			role := Role(r.Intn(int(roleCount)))
			switch r.Intn(4) {
			case 0:
				line.Text(role, words[r.Intn(len(words))])
			case 1:
				line.Fit(role, words[r.Intn(len(words))], r.Intn(8), r.Intn(2) == 0, "…")
			case 2:
				line.Repeat(role, '█', r.Intn(9))
			case 3:
				line.PadTo(r.Intn(40))
			}
		}
		got := line.String()
		if width := ansi.StringWidth(got); width > max || width != line.Width() {
			t.Fatalf("%q is %d cells wide, says %d, may be %d", got, width, line.Width(), max)
		}
	}
}

func TestRunsOfOneStyleAreOneSequence(t *testing.T) {
	line := NewLine(palette(t, Colors16), 20).Text(Used, "a").Text(Used, "b").Repeat(Used, 'c', 3).Text(Text, "d")
	if got, want := line.String(), "\x1b[0;32mabccc\x1b[md"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestForcedLineKeepsItsStyle(t *testing.T) {
	line := NewLine(palette(t, Colors16), 8).Force(Selection).Text(Crit, "a").PadTo(8)
	if got, want := line.String(), "\x1b[0;30;46ma       \x1b[m"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFit(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		right bool
		want  string
	}{
		{"abc", 5, false, "abc  "},
		{"abc", 5, true, "  abc"},
		{"abcdef", 4, false, "abc…"},
		{"漢字漢字", 5, false, "漢字…"},
		{"漢字漢字", 4, false, "漢… "},
		{"abc", 0, false, ""},
		{"abc", 1, false, "a"},
	} {
		if got := NewLine(nil, 20).Fit(Text, test.text, test.width, test.right, "…").String(); got != test.want {
			t.Errorf("%q in %d: %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

func TestShareAddsUp(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 5000 {
		sizes := make([]int64, 1+r.Intn(11))
		shown := 0
		for i := range sizes {
			if sizes[i] = r.Int63n(1<<r.Intn(40)+1) - 2; sizes[i] > 0 {
				shown++
			}
		}
		cells := r.Intn(60)
		sum := 0
		for i, share := range Share(cells, sizes) {
			sum += share
			if share < 0 || (sizes[i] <= 0 && share != 0) || (sizes[i] > 0 && shown <= cells && share == 0) {
				t.Fatalf("%v on %d cells: part %d gets %d", sizes, cells, i, share)
			}
		}
		if want := cells; (shown > 0 && sum != want) || (shown == 0 && sum != 0) {
			t.Fatalf("%v on %d cells: %d given", sizes, cells, sum)
		}
	}
}

func TestSparkLine(t *testing.T) {
	if got := Unicode().SparkLine([]float64{-1, 0, 4, 8}); got != " ▁▅█" {
		t.Errorf("%q", got)
	}
	if got := ASCII().SparkLine([]float64{0, 0}); got != "__" {
		t.Errorf("%q", got)
	}
}

func TestGlyphsDifferAndAreOneCell(t *testing.T) {
	for name, glyphs := range map[string]*Glyphs{"unicode": Unicode(), "console": Console(), "ascii": ASCII()} {
		seen := map[rune]bool{}
		for _, glyph := range append(glyphs.State[:], glyphs.MostlyLive, glyphs.MostlyFree) {
			if seen[glyph] || Width(string(glyph)) != 1 {
				t.Errorf("%s: %q is used twice or not one cell wide", name, glyph)
			}
			seen[glyph] = true
			if name == "ascii" && glyph >= 0x80 {
				t.Errorf("%q is not ASCII", glyph)
			}
		}
	}
}
