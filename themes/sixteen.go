package themes

import "fmt"

// Sixteen is the theme as a terminal with 16 colours shows it. Nobody knows
// which 16 a terminal has, so that the nearest of them is a guess, and several
// hues come out the same: only a stand-in that the theme names is used. A style
// without one, and a theme whose ground has none, takes the styles of Default.
func Sixteen(t Theme) (Theme, error) {
	fallback, err := Load(Default)
	if err != nil {
		return Theme{}, fmt.Errorf("the theme of terminals with 16 colours: %w", err)
	}
	ground, ok := t.Background.Color.basic()
	if !ok {
		fallback.Name, fallback.Description = t.Name, t.Description
		return fallback, nil
	}
	t.Background.Color = ground
	theirs := map[string]Style{}
	fallback.Each(func(name string, style *Style) { theirs[name] = *style })
	t.Each(func(name string, style *Style) {
		fg, known := style.FG.basic()
		bg, both := style.BG.basic()
		if !known || !both {
			*style = theirs[name]
			return
		}
		style.FG, style.BG = fg, bg
	})
	return t, nil
}

// basic is a colour among the terminal's 16, if it has one there.
func (c Color) basic() (Color, bool) {
	if c.Kind != TrueColor {
		return c, true
	}
	return Color{Kind: BasicColor, Basic: c.Basic}, c.StandIn
}
