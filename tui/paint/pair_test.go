package paint

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/themes"
)

// Every sign of a map means one thing, and is one cell wide.
func TestSignsOfAMapDiffer(t *testing.T) {
	for name, glyphs := range map[string]*Glyphs{"unicode": Unicode(), "ascii": ASCII()} {
		signs := append(append([]rune{glyphs.MostlyLive, glyphs.MostlyFree, glyphs.MovedLive, glyphs.MovedFree, glyphs.Here, glyphs.Bar}, glyphs.State[:]...), glyphs.Changed[:]...)
		signs = append(signs, glyphs.Parts...)
		seen := map[rune]bool{}
		for _, sign := range signs {
			if seen[sign] || sign <= ' ' || ansi.StringWidth(string(sign)) != 1 {
				t.Errorf("%s: %q means two things, or is not one cell wide", name, sign)
			}
			seen[sign] = true
		}
	}
}

// Two states share a cell where both have a colour of their own.
func TestPairs(t *testing.T) {
	for _, name := range themes.Names() {
		theme, err := themes.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		mono, err := themes.Load(themes.Mono)
		if err != nil {
			t.Fatal(err)
		}
		for _, profile := range []Profile{NoColor, Colors16, Colors256, TrueColor} {
			p := Compile(theme, mono, profile)
			want := profile != NoColor && name != themes.Mono
			for _, pair := range [][2]Role{{Used, Stranded}, {Stranded, Used}, {Releasable, Stranded}, {Pending, Used}} {
				if got := p.Pairs(pair[0], pair[1]); got != want {
					t.Errorf("%s, profile %d: states %v pair: %v", name, profile, pair, got)
				}
				role := On(pair[0], pair[1])
				if !want && p.prefix[role] != p.prefix[pair[0]] {
					t.Errorf("%s, profile %d: %q for %q", name, profile, p.prefix[role], p.prefix[pair[0]])
				}
				if want && (!hasBackground(strings.TrimSuffix(p.prefix[role][2:], "m")) || p.prefix[role] == p.prefix[On(pair[1], pair[0])]) {
					t.Errorf("%s, profile %d: %v is %q", name, profile, pair, p.prefix[role])
				}
			}
			if p.Pairs(Used, Used) {
				t.Errorf("%s, profile %d: a state with itself", name, profile)
			}
		}
	}
	if (*Palette)(nil).Pairs(Used, Stranded) {
		t.Error("plain text has pairs")
	}
}
