package paint

import (
	"math"

	"github.com/gpufragtop/gpufragtop/themes"
)

// degrade is the theme as a profile shows it.
func degrade(theme, mono themes.Theme, profile Profile) themes.Theme {
	switch profile {
	case NoColor:
		return mono
	case Colors16:
		if sixteen, err := themes.Sixteen(theme); err == nil {
			return sixteen
		}
		return mono
	case Colors256:
		return indexedTheme(theme)
	}
	return theme
}

// indexedTheme is a theme in colours of the 256 only.
func indexedTheme(theme themes.Theme) themes.Theme {
	exact := theme.Background.Color
	theme.Background.Color = snap(exact)
	theme.Each(func(_ string, style *themes.Style) {
		fg, bg := style.FG, style.BG
		if bg.Kind == themes.NoColor {
			bg = exact
		}
		style.BG = snap(style.BG)
		ground := snap(bg)
		if fg.Kind != themes.TrueColor || ground.Kind != themes.TrueColor {
			style.FG = snap(fg)
			return
		}
		// A text that could just be read is not rounded towards its ground.
		least := min(themes.Contrast(fg, bg), themes.TextContrast)
		style.FG = at(nearest(fg, func(c themes.Color) bool { return themes.Contrast(c, ground) >= least }))
	})
	return theme
}

// snap is the nearest of the 256 colours to a TrueColor.
func snap(c themes.Color) themes.Color {
	if c.Kind != themes.TrueColor {
		return c
	}
	return at(nearest(c, func(themes.Color) bool { return true }))
}

// Of the 256 colours, the first 16 are the user's own and can look like
// anything; from here on they are fixed: a cube of 6×6×6 and a ramp of greys.
const (
	firstFixed = 16
	firstGrey  = 232
	indexCount = 256
)

// at is the colour of a fixed index.
func at(index int) themes.Color {
	if index >= firstGrey {
		grey := uint8(8 + 10*(index-firstGrey))
		return themes.RGB(grey, grey, grey)
	}
	levels := [6]uint8{0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff}
	index -= firstFixed
	return themes.RGB(levels[index/36], levels[index/6%6], levels[index%6])
}

// nearest is the fixed index that looks most like c, of those that pass. Where
// none does, it is the most like of all.
func nearest(c themes.Color, passes func(themes.Color) bool) int {
	best, bestPassing := firstFixed, -1
	least, leastPassing := math.Inf(1), math.Inf(1)
	for index := firstFixed; index < indexCount; index++ {
		candidate := at(index)
		difference := themes.Difference(c, candidate)
		if difference < least {
			best, least = index, difference
		}
		if difference < leastPassing && passes(candidate) {
			bestPassing, leastPassing = index, difference
		}
	}
	if bestPassing >= 0 {
		return bestPassing
	}
	return best
}
