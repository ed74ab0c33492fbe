package themes

import (
	"math"
	"strings"
	"testing"
)

// TestContrastAndDifference holds the two measures to published values.
func TestContrastAndDifference(t *testing.T) {
	black, white := RGB(0, 0, 0), RGB(255, 255, 255)
	for _, test := range []struct{ got, want, off float64 }{
		{Contrast(black, white), 21, 0.001},
		{Contrast(white, RGB(0x77, 0x77, 0x77)), 4.48, 0.005}, // WCAG's well-known near miss
		{Contrast(RGB(255, 0, 0), white), 3.998, 0.005},
		{Contrast(white, white), 1, 0},
		{Difference(black, white), 100, 0.01},
		{Difference(RGB(255, 0, 0), RGB(0, 255, 0)), 95.404, 0.001}, // from Oklab's published coordinates
		{Difference(white, white), 0, 0},
	} {
		if math.Abs(test.got-test.want) > test.off {
			t.Errorf("%v, want %v", test.got, test.want)
		}
	}
}

func eachTheme(t *testing.T, f func(t *testing.T, theme Theme)) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			theme, err := Load(name)
			if err != nil {
				t.Fatal(err)
			}
			f(t, theme)
		})
	}
}

// Every colour that a theme fixes is legible on its ground; a theme that fixes
// colours paints its ground, so that this holds on any terminal.
func TestThemesAreLegible(t *testing.T) {
	eachTheme(t, func(t *testing.T, theme Theme) {
		for _, faint := range theme.Faint() {
			t.Error(faint)
		}
		theme.Each(func(name string, style *Style) {
			if fixed := style.FG.Kind == TrueColor; fixed != theme.Background.Painted() {
				t.Errorf("%s = %s, background %s", name, style.FG, theme.Background.Color)
			}
		})
	})
	strong, err := Load("high-contrast")
	if err != nil {
		t.Fatal(err)
	}
	strong.Each(func(name string, style *Style) {
		ground := strong.Background.Color
		if style.BG.Kind != NoColor {
			ground = style.BG
		}
		if got := Contrast(style.FG, ground); got < 7 {
			t.Errorf("high-contrast: %s %.1f:1", name, got)
		}
	})
}

func TestFaintFindsWhatIsFaint(t *testing.T) {
	for change, want := range map[string]string{
		"background = \"#2e3440\"\n[screen]\nfg = \"#4c566a\"": "screen.fg",
		"background = \"dark\"\n[screen]\nwarn = \"#400000\"":  "screen.warn",
		"background = \"light\"\n[states]\nfree = \"#dddddd\"": "states.free",
		"[screen]\nok = \"#00ff00\"":                           "screen.ok", // on white
		"[screen]\nselection = \"#000000 on #101010\"":         "screen.selection",
	} {
		theme, err := Parse("mine", []byte("inherits = \"default\"\n"+change))
		if err != nil {
			t.Fatal(err)
		}
		if faint := theme.Faint(); len(faint) == 0 || !strings.HasPrefix(faint[0], want+" has a contrast of ") {
			t.Errorf("%q: %v", change, faint)
		}
	}
}

// terminals are palettes of 16 colours that terminals have: those of VGA, of
// xterm and of Tango (GNOME's terminal).
var terminals = map[string][16]uint32{
	"VGA": {0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
		0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff},
	"xterm": {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
		0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff},
	"Tango": {0x2e3436, 0xcc0000, 0x4e9a06, 0xc4a000, 0x3465a4, 0x75507b, 0x06989a, 0xd3d7cf,
		0x555753, 0xef2929, 0x8ae234, 0xfce94f, 0x729fcf, 0xad7fa8, 0x34e2e2, 0xeeeeec},
}

func shown(palette [16]uint32, c Color) Color {
	rgb := palette[c.Basic]
	return RGB(uint8(rgb>>16), uint8(rgb>>8), uint8(rgb))
}

// The default theme leaves what is read to the terminal: its text, title and
// dimmed text have the terminal's own colour. Its 16 colours mark only: on black
// those of words reach 2.5:1 (VGA's red is the darkest), those of shapes 1.5:1
// (VGA's blue). On white, xterm's yellow and cyan are faint by nature; 2:1 is
// held on the palette of a terminal that is white as it comes (Tango's).
func TestSixteenColoursOnUsualTerminals(t *testing.T) {
	theme, err := Load(Default)
	if err != nil {
		t.Fatal(err)
	}
	for _, style := range []Style{theme.Screen.Text, theme.Screen.Muted, theme.Screen.Title, theme.Screen.Border, theme.States.Unseen} {
		if style.FG.Kind != NoColor || style.BG.Kind != NoColor {
			t.Errorf("%+v is not the terminal's own", style)
		}
	}
	black, white := RGB(0, 0, 0), RGB(255, 255, 255)
	theme.Each(func(name string, style *Style) {
		for terminal, palette := range terminals {
			switch {
			case style.FG.Kind != BasicColor:
			case style.BG.Kind == BasicColor:
				if got := Contrast(shown(palette, style.FG), shown(palette, style.BG)); got < 3.5 {
					t.Errorf("%s on %s: %.1f:1 on its own ground", name, terminal, got)
				}
			default:
				least := 1.5
				if strings.HasPrefix(name, "screen.") {
					least = 2.5
				}
				if got := Contrast(shown(palette, style.FG), black); got < least {
					t.Errorf("%s on %s: %.1f:1 on black", name, terminal, got)
				}
				if got := Contrast(shown(palette, style.FG), white); terminal == "Tango" && got < 2 {
					t.Errorf("%s on %s: %.1f:1 on white", name, terminal, got)
				}
			}
		}
	})
}

// With 16 colours, the themes that name stand-ins stay legible on the ground
// that they paint; the others are the default theme.
func TestSixteen(t *testing.T) {
	plain, err := Load(Default)
	if err != nil {
		t.Fatal(err)
	}
	eachTheme(t, func(t *testing.T, theme Theme) {
		got, err := Sixteen(theme)
		if err != nil || got.Name != theme.Name {
			t.Fatalf("%s: %v", got.Name, err)
		}
		got.Each(func(name string, style *Style) {
			if style.FG.Kind == TrueColor || style.BG.Kind == TrueColor {
				t.Errorf("%s still has a colour of its own", name)
			}
			if !got.Background.Painted() {
				return
			}
			ground := got.Background.Color
			if style.BG.Kind == BasicColor {
				ground = style.BG
			}
			least := ShapeContrast
			if strings.HasPrefix(name, "screen.") {
				least = TextContrast
			}
			for _, terminal := range []string{"VGA", "xterm"} { // where black is black
				if contrast := Contrast(shown(terminals[terminal], style.FG), shown(terminals[terminal], ground)); contrast < least {
					t.Errorf("%s: %.1f:1 on %s", name, contrast, terminal)
				}
			}
		})
		switch theme.Name {
		case "high-contrast", "colour-blind":
			if !got.Background.Painted() {
				t.Error("its stand-ins are not used")
			}
		case Mono:
			if got.Screen != theme.Screen || got.States != theme.States {
				t.Error("mono is not itself")
			}
		default:
			if got.Screen != plain.Screen || got.States != plain.States || got.Background != plain.Background {
				t.Error("not the default theme")
			}
		}
	})
}

// blindness are the matrices of Machado, Oliveira and Fernandes (2009) for eyes
// without one kind of cone, on linear light.
var blindness = map[string][3][3]float64{
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
}

func seenBy(matrix [3][3]float64, c Color) [3]float64 {
	parts := c.linear()
	var out [3]float64
	for i, row := range matrix {
		for j, weight := range row {
			out[i] += weight * parts[j]
		}
		out[i] = min(max(out[i], 0), 1)
	}
	return out
}

// leastDifference is what any two states differ by, of those that can lie side
// by side and matter; 2 can just be told apart.
const leastDifference = 10

// Any two states can be neighbours, in a bar or in a map. Driver and unmapped
// memory are muted on purpose, and told apart from free by their signs.
func TestStatesDiffer(t *testing.T) {
	eachTheme(t, func(t *testing.T, theme Theme) {
		if !theme.Background.Painted() {
			return // the terminal chooses
		}
		s := theme.States
		styles := []Style{s.Used, s.Rounding, s.Pending, s.Stranded, s.Releasable, s.Parked, s.Unseen, s.Other, s.Free}
		for i, a := range styles {
			for j, b := range styles[:i] {
				if got := Difference(a.FG, b.FG); got < leastDifference {
					t.Errorf("states %d and %d: %s and %s differ by %.1f", j, i, b.FG, a.FG, got)
				}
				if theme.Name != "colour-blind" {
					continue
				}
				for eyes, matrix := range blindness {
					if got := difference(seenBy(matrix, a.FG), seenBy(matrix, b.FG)); got < leastDifference {
						t.Errorf("%s: states %d and %d: %s and %s differ by %.1f", eyes, j, i, b.FG, a.FG, got)
					}
				}
			}
		}
	})
}

// The simulation is one: greys stay, and red and green of one lightness meet.
func TestBlindness(t *testing.T) {
	for eyes, matrix := range blindness {
		grey := RGB(120, 120, 120)
		if got := difference(seenBy(matrix, grey), grey.linear()); got > 0.1 {
			t.Errorf("%s: grey moves by %.1f", eyes, got)
		}
		red, green := RGB(180, 100, 60), RGB(110, 130, 60)
		full, reduced := Difference(red, green), difference(seenBy(matrix, red), seenBy(matrix, green))
		if reduced > full/2 {
			t.Errorf("%s: red and green still differ by %.1f of %.1f", eyes, reduced, full)
		}
	}
}
