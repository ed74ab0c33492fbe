package themes

import (
	"fmt"
	"strings"
)

// Style is how one role is drawn. In a theme file it is a string: attributes,
// a foreground, and "on" with a background, each optional, for example
// "bold white on blue", "#7aa2f7", "reverse" or "plain". After "|" a colour may
// name its stand-in among a terminal's 16: "#d55e00|red".
type Style struct {
	FG, BG    Color
	Bold      bool
	Dim       bool
	Underline bool
	Reverse   bool

	set bool // a theme file gave it
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
