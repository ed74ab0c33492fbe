package themes

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

// ColorKind is what kind of colour a Color is.
type ColorKind uint8

// Kinds of colours.
const (
	NoColor    ColorKind = iota // the terminal's own
	BasicColor                  // one of the terminal's 16
	TrueColor                   // red, green, blue
)

// Color is a colour of a style. Its zero value is the terminal's own.
type Color struct {
	Kind    ColorKind
	Basic   uint8 // 0–15: of a BasicColor, or a TrueColor's stand-in
	R, G, B uint8 // of a TrueColor
	StandIn bool  // a TrueColor has a stand-in
}

// RGB is a TrueColor without a stand-in.
func RGB(r, g, b uint8) Color { return Color{Kind: TrueColor, R: r, G: g, B: b} }

// basicNames are the names of the first 8 colours; the other 8 are "bright-…".
var basicNames = [...]string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"}

func parseColor(word string) (Color, error) {
	exact, standIn, both := strings.Cut(word, "|")
	if basic, ok := parseBasic(word); ok {
		return Color{Kind: BasicColor, Basic: basic}, nil
	}
	if digits, ok := strings.CutPrefix(exact, "#"); ok && len(digits) == 6 {
		if rgb, err := strconv.ParseUint(digits, 16, 32); err == nil {
			color := RGB(uint8(rgb>>16), uint8(rgb>>8), uint8(rgb))
			color.Basic, color.StandIn = parseBasic(standIn)
			if color.StandIn == both {
				return color, nil
			}
		}
	}
	return Color{}, fmt.Errorf("no colour or attribute %q: write black … white, bright-black … bright-white, #rrggbb, bold, dim, underline, reverse or plain", word)
}

func parseBasic(word string) (uint8, bool) {
	name, bright := strings.CutPrefix(word, "bright-")
	for i, basic := range basicNames {
		if name == basic {
			if bright {
				i += len(basicNames)
			}
			return uint8(i), true
		}
	}
	return 0, false
}

// light is the light of each value of a part of a colour, 0–1, by sRGB. The table
// is made once: to fit a theme to 256 colours asks for it some ten thousand times.
var light = sync.OnceValue(func() *[256]float64 {
	var table [256]float64
	for part := range table {
		v := float64(part) / 255
		if v <= 0.04045 {
			table[part] = v / 12.92
		} else {
			table[part] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return &table
})

// linear are the parts of a TrueColor as light, 0–1.
func (c Color) linear() [3]float64 {
	table := light()
	return [3]float64{table[c.R], table[c.G], table[c.B]}
}

// Contrast is the contrast ratio of two TrueColors by WCAG 2, 1–21.
func Contrast(a, b Color) float64 {
	luminance := func(c Color) float64 {
		parts := c.linear()
		return 0.2126*parts[0] + 0.7152*parts[1] + 0.0722*parts[2]
	}
	lighter, darker := luminance(a), luminance(b)
	if lighter < darker {
		lighter, darker = darker, lighter
	}
	return (lighter + 0.05) / (darker + 0.05)
}

// Difference is how different two TrueColors look: their distance in Oklab, its
// axes of hue stretched to twice their length as CSS Color 4 does, times 100.
// About 2 can just be told apart; black and white are 100 apart.
func Difference(a, b Color) float64 { return difference(a.linear(), b.linear()) }

func difference(a, b [3]float64) float64 {
	p, q := oklab(a), oklab(b)
	l, hueA, hueB := p[0]-q[0], 2*(p[1]-q[1]), 2*(p[2]-q[2])
	return 100 * math.Sqrt(l*l+hueA*hueA+hueB*hueB)
}

// oklab are the coordinates of light in Ottosson's Oklab.
func oklab(parts [3]float64) [3]float64 {
	r, g, b := parts[0], parts[1], parts[2]
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

// String is the colour as theme files write it, without a stand-in.
func (c Color) String() string {
	switch {
	case c.Kind == TrueColor:
		return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
	case c.Kind == NoColor:
		return "plain"
	case c.Basic >= uint8(len(basicNames)):
		return "bright-" + basicNames[c.Basic%uint8(len(basicNames))]
	}
	return basicNames[c.Basic]
}
