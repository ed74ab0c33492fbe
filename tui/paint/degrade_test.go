package paint

import (
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/themes"
)

// The 240 fixed colours are themselves, and the x/ansi table agrees what they are.
func TestFixedColours(t *testing.T) {
	for index := firstFixed; index < indexCount; index++ {
		c := at(index)
		r, g, b, _ := ansi.IndexedColor(index).RGBA()
		if themes.RGB(uint8(r>>8), uint8(g>>8), uint8(b>>8)) != c {
			t.Errorf("%d is %v, not %v", index, ansi.IndexedColor(index), c)
		}
		if got := at(nearest(c, func(themes.Color) bool { return true })); got != c {
			t.Errorf("%d: the nearest to %v is %v", index, c, got)
		}
	}
}

func eachPainted(t *testing.T, f func(t *testing.T, theme themes.Theme)) {
	painted := 0
	for _, name := range themes.Names() {
		theme, err := themes.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if theme.Background.Painted() {
			painted++
			t.Run(name, func(t *testing.T) { f(t, theme) })
		}
	}
	if painted < 8 {
		t.Errorf("%d themes have colours of their own", painted)
	}
}

// With 256 colours, as over most SSH connections, a theme is as legible as it
// was, and its states can still be told apart: 2 is what can just be.
func TestThemesOn256Colours(t *testing.T) {
	eachPainted(t, func(t *testing.T, theme themes.Theme) {
		got := degrade(theme, themes.Theme{}, Colors256)
		for _, faint := range got.Faint() {
			t.Error(faint)
		}
		s := got.States
		states := []themes.Color{s.Used.FG, s.Rounding.FG, s.Pending.FG, s.Stranded.FG, s.Releasable.FG, s.Parked.FG, s.Unseen.FG, s.Other.FG, s.Free.FG}
		for i, a := range states {
			for j, b := range states[:i] {
				if difference := themes.Difference(a, b); difference < 8 {
					t.Errorf("states %d and %d: %s and %s differ by %.1f", j, i, b, a, difference)
				}
			}
		}
		if difference := themes.Difference(got.Background.Color, theme.Background.Color); difference > 7 {
			t.Errorf("the ground is %s, was %s", got.Background.Color, theme.Background.Color)
		}
	})
}

func TestNearestKeepsContrast(t *testing.T) {
	theme, err := themes.Parse("mine", []byte("inherits = \"nord\"\nbackground = \"#5f5f5f\"\n[screen]\nmuted = \"#d2d2d2\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := degrade(theme, themes.Theme{}, Colors256)
	before := themes.Contrast(theme.Screen.Muted.FG, theme.Background.Color)
	after := themes.Contrast(got.Screen.Muted.FG, got.Background.Color)
	if after < min(before, themes.TextContrast) {
		t.Errorf("%.2f:1 became %.2f:1", before, after)
	}
}

// No cell of a painted line is left to the terminal.
func TestGroundPaintsWholeLines(t *testing.T) {
	eachPainted(t, func(t *testing.T, theme themes.Theme) {
		for _, profile := range []Profile{Colors16, Colors256, TrueColor} {
			p := Compile(theme, theme, profile)
			plain := NewLine(p, 12).Text(Title, "a").PadTo(4).Text(Crit, "b").String() + "  " + NewLine(p, 2).Text(Text, "c").String()
			selected := NewLine(p, 12).Force(Selection).Text(Crit, "a").PadTo(12).String()
			lines := []string{plain, selected, "", "bare"}
			before := strings.Join(lines, "\n")
			lines = p.Ground(lines, 12)
			if !p.painted {
				if strings.Join(lines, "\n") != before {
					t.Errorf("profile %d: %q changed", profile, before)
				}
				continue
			}
			for _, line := range lines {
				if ansi.StringWidth(line) != 12 || !strings.HasSuffix(line, reset) {
					t.Errorf("profile %d: %q", profile, line)
				}
				for _, run := range strings.SplitAfter(line, "\x1b[")[1:] {
					codes, text, _ := strings.Cut(run, "m")
					text = strings.TrimSuffix(text, "\x1b[")
					if text != "" && !hasBackground(codes) {
						t.Errorf("profile %d: %q lies on the terminal's ground in %q", profile, text, line)
					}
				}
			}
		}
	})
	lines := []string{"a", ""}
	if got := (*Palette)(nil).Ground(lines, 5); got[0] != "a" || got[1] != "" {
		t.Errorf("without a palette: %q", got)
	}
}

// hasBackground tells whether the codes of an escape sequence set a background.
func hasBackground(codes string) bool {
	parts := strings.Split(codes, ";")
	for i := 0; i < len(parts); i++ {
		n, _ := strconv.Atoi(parts[i])
		switch {
		case n == 38 && parts[i+1] == "2":
			i += 4
		case n == 38:
			i += 2
		case n >= 40 && n <= 48, n >= 100 && n <= 107:
			return true
		}
	}
	return false
}

// A bar without any colour tells its states apart: by their signs, none of
// which is a space, in UTF-8 and in ASCII.
func TestStatesDifferWithoutColour(t *testing.T) {
	for name, glyphs := range map[string]*Glyphs{"unicode": Unicode(), "ascii": ASCII()} {
		var sizes [StateCount]int64
		for i := range sizes {
			sizes[i] = 1
		}
		bar := NewLine(nil, StateCount).Bar(glyphs, StateCount, &sizes).String()
		signs := map[rune]bool{}
		for _, sign := range bar {
			signs[sign] = true
		}
		if len(signs) != StateCount || signs[' '] || signs[0] {
			t.Errorf("%s: %q has %d signs for %d states", name, bar, len(signs), StateCount)
		}
		for _, mixed := range []rune{glyphs.MostlyLive, glyphs.MostlyFree} {
			if signs[mixed] {
				t.Errorf("%s: %q is a state too", name, mixed)
			}
		}
	}
}
