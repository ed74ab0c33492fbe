// Package picturetest draws screens as SVG pictures, for the README. What it
// reads are the frames that the screen writes: text and SGR sequences.
package picturetest

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// style is how a cell is drawn. Colours are "#rrggbb", empty for the ground's.
type style struct {
	fg, bg                       string
	bold, dim, underline, invert bool
}

// cell is one cell of a screen.
type cell struct {
	sign rune
	style
}

// parse reads one line of a frame. Characters are taken for one cell wide.
func parse(line string) []cell {
	var cells []cell
	var now style
	for line != "" {
		if rest, isEscape := strings.CutPrefix(line, "\x1b["); isEscape {
			parameters, after, _ := strings.Cut(rest, "m")
			now.set(strings.Split(parameters, ";"))
			line = after
			continue
		}
		sign, size := utf8.DecodeRuneInString(line)
		cells = append(cells, cell{sign, now})
		line = line[size:]
	}
	return cells
}

// set applies the parameters of an SGR sequence: attributes and 24-bit colours.
func (s *style) set(parameters []string) {
	for i := 0; i < len(parameters); i++ {
		switch parameters[i] {
		case "", "0":
			*s = style{}
		case "1":
			s.bold = true
		case "2":
			s.dim = true
		case "4":
			s.underline = true
		case "7":
			s.invert = true
		case "38", "48":
			if i+4 >= len(parameters) {
				return
			}
			colour := "#"
			for _, part := range parameters[i+2 : i+5] {
				n, _ := strconv.Atoi(part)
				colour += hex2(n)
			}
			if parameters[i] == "38" {
				s.fg = colour
			} else {
				s.bg = colour
			}
			i += 4
		}
	}
}

func hex2(n int) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[n>>4&15], digits[n&15]})
}
