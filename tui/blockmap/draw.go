package blockmap

import "github.com/gpufragtop/gpufragtop/tui/paint"

// Draw appends cells to a line, one run a style and sign.
//
// Where the terminal has colours, a cell of two states with one border is drawn
// split at that border, each part in its colour; a cell of a mixture has its
// sign in the colour of what is live on the colour of what is free. Without
// colours, and where a colour is not the state's own, the signs say the same:
// mostly live or mostly free.
func Draw(line *paint.Line, glyphs *paint.Glyphs, cells []Cell) {
	for i := 0; i < len(cells); {
		j := i + 1
		for j < len(cells) && cells[j] == cells[i] {
			j++
		}
		role, glyph := style(line.Palette(), glyphs, &cells[i])
		line.Repeat(role, glyph, j-i)
		i = j
	}
}

// style is how a cell looks.
func style(palette *paint.Palette, glyphs *paint.Glyphs, c *Cell) (paint.Role, rune) {
	switch {
	case c.mark == underCursor:
		return paint.Selection, glyphs.Here
	case c.mark == inBlock:
		return paint.Selection, glyphs.Bar
	case c.Kind == Gap:
		return paint.Text, ' '
	case c.Kind == Unmapped:
		return paint.Unmapped, glyphs.Of(paint.Unmapped)
	case c.Kind == Pure && c.Changed:
		return c.State, glyphs.Changed[c.State-paint.Used]
	case c.Kind == Pure:
		return c.State, glyphs.Of(c.State)
	case c.Kind == Split && !c.Changed && len(glyphs.Parts) > 0 && palette.Pairs(c.State, c.Second):
		return paint.On(c.State, c.Second), palette.Part(glyphs, int(c.Eighths))
	}
	sign, ground := c.State, c.Second
	if c.Kind == Split && 2*int(c.Eighths) < 8 {
		sign, ground = ground, sign // most of the bytes first
	}
	most := sign
	if live(ground) && !live(sign) || !c.Live && live(sign) == live(ground) {
		sign, ground = ground, sign // what is live fills the sign, or else the lesser
	}
	glyph := mixedSign(glyphs, c)
	if palette.Pairs(sign, ground) {
		return paint.On(sign, ground), glyph
	}
	return most, glyph
}

func mixedSign(glyphs *paint.Glyphs, c *Cell) rune {
	switch {
	case c.Live && c.Changed:
		return glyphs.MovedLive
	case c.Live:
		return glyphs.MostlyLive
	case c.Changed:
		return glyphs.MovedFree
	default:
		return glyphs.MostlyFree
	}
}

// live tells whether a state is that of a block that is not free.
func live(state paint.Role) bool {
	return state == paint.Used || state == paint.Rounding || state == paint.Pending
}
