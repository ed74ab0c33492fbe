package themes

import (
	"fmt"
	"slices"
)

// Least contrast of what is read, and of what is only seen, by WCAG 2.
const (
	TextContrast  = 4.5
	ShapeContrast = 3.0
)

// seen are the styles that only draw shapes; all others write words too.
var seen = []string{"screen.border", "states.rounding", "states.unmapped", "states.other", "states.driver", "states.free"}

// Faint names the styles whose contrast is too low, each with a reason. It
// judges colours that the theme fixes, against the ground that the theme paints
// or, without one, against the black or white of the ground that it is made
// for. What the terminal chooses (its 16 colours, its own text and ground, how
// dim looks) nobody can judge here.
func (t Theme) Faint() []string {
	var grounds []Color
	black, white := RGB(0, 0, 0), RGB(255, 255, 255)
	switch t.Background.Ground {
	case Painted:
		grounds = []Color{t.Background.Color}
	case Dark:
		grounds = []Color{black}
	case Light:
		grounds = []Color{white}
	case Either:
		grounds = []Color{black, white}
	}
	var faint []string
	t.Each(func(name string, style *Style) {
		least := TextContrast
		if slices.Contains(seen, name) {
			least = ShapeContrast
		}
		fg, on := style.FG, grounds
		if t.Background.Painted() && fg.Kind == NoColor {
			fg = t.Screen.Text.FG
		}
		if style.BG.Kind != NoColor {
			on = []Color{style.BG}
		}
		for _, ground := range on {
			if fg.Kind != TrueColor || ground.Kind != TrueColor {
				continue
			}
			if got := Contrast(fg, ground); got < least {
				faint = append(faint, fmt.Sprintf("%s has a contrast of %.1f:1 on %s, less than %.1f:1", name, got, ground, least))
				return
			}
		}
	})
	return faint
}
