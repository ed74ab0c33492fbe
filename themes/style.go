package themes

import (
	"fmt"
	"strconv"
	"strings"
)

// Style is how one role is drawn. In a theme file it is a string: attributes,
// a foreground, and "on" with a background, each optional, for example
// "bold white on blue", "#7aa2f7", "reverse" or "plain".
type Style struct {
	FG, BG    Color
	Bold      bool
	Dim       bool
	Underline bool
	Reverse   bool

	set bool // a theme file gave it
}

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
	Basic   uint8 // 0–15, of a BasicColor
	R, G, B uint8 // of a TrueColor
}

// UnmarshalText reads a style as theme files write it.
func (s *Style) UnmarshalText(text []byte) error {
	words := strings.Fields(string(text))
	if len(words) == 0 {
		return fmt.Errorf(`an empty style: write "plain" for the terminal's own`)
	}
	style := Style{set: true}
	background := false
	for _, word := range words {
		switch word {
		case "plain":
		case "bold":
			style.Bold = true
		case "dim":
			style.Dim = true
		case "underline":
			style.Underline = true
		case "reverse":
			style.Reverse = true
		case "on":
			background = true
		default:
			color, err := parseColor(word)
			if err != nil {
				return err
			}
			if background {
				style.BG = color
			} else {
				style.FG = color
			}
		}
	}
	*s = style
	return nil
}

func parseColor(word string) (Color, error) {
	if digits, ok := strings.CutPrefix(word, "#"); ok && len(digits) == 6 {
		if rgb, err := strconv.ParseUint(digits, 16, 32); err == nil {
			return Color{Kind: TrueColor, R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb)}, nil
		}
	}
	name, bright := strings.CutPrefix(word, "bright-")
	for i, basic := range [...]string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"} {
		if name == basic {
			if bright {
				i += 8
			}
			return Color{Kind: BasicColor, Basic: uint8(i)}, nil
		}
	}
	return Color{}, fmt.Errorf("no colour or attribute %q: write black … white, bright-black … bright-white, #rrggbb, bold, dim, underline, reverse or plain", word)
}
