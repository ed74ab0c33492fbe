package terminal

import (
	"strings"
	"unicode/utf8"
)

// cell is one cell of a line. The second one of a wide character has no text.
type cell struct {
	text  string
	style string // all style sequences since the last reset, "" for none
}

// blank is a cell of a line that was erased.
var blank = cell{text: " "}

func cellAt(cells []cell, x int) cell {
	if x < len(cells) {
		return cells[x]
	}
	return blank
}

// trim cuts what is as good as erased from the end of a line.
func trim(cells []cell) []cell {
	for len(cells) > 0 && cells[len(cells)-1] == blank {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// parse appends the cells of a line, at most width, and tells whether every
// terminal puts them where this does. It does not for characters on whose width
// terminals differ, nor for sequences other than styles; the cells are then of
// no use.
func parse(cells []cell, line string, width int) (_ []cell, sure bool) {
	style := ""
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == '\x1b':
			end := styleEnd(line[i:])
			if end == 0 {
				return cells, false
			}
			style = with(style, line[i:i+end])
			i += end
		case c < ' ' || c == 0x7f:
			return cells, false
		default:
			r, size := utf8.DecodeRuneInString(line[i:])
			wide := sureWidth(r)
			if wide == 0 {
				return cells, false
			}
			if len(cells)+wide > width {
				return cells, true
			}
			cells = append(cells, cell{line[i : i+size], style})
			if wide == 2 {
				cells = append(cells, cell{"", style})
			}
			i += size
		}
	}
	return cells, true
}

// styleEnd is the length of the style sequence (SGR) that s begins with; 0 if it
// begins with anything else.
func styleEnd(s string) int {
	if !strings.HasPrefix(s, "\x1b[") {
		return 0
	}
	for i := 2; i < len(s); i++ {
		switch c := s[i]; {
		case c == 'm':
			return i + 1
		case (c < '0' || c > '9') && c != ';' && c != ':':
			return 0
		}
	}
	return 0
}

// with is the style after another sequence.
func with(style, sequence string) string {
	switch {
	case sequence == "\x1b[m" || sequence == "\x1b[0m":
		return ""
	case resets(sequence):
		return sequence
	}
	return style + sequence
}

// resets tells whether a style begins with switching off all others.
func resets(style string) bool { return strings.HasPrefix(style, "\x1b[0;") }

// sureRanges are the characters on whose width terminals agree: those of the
// screens, and those that names are mostly written in.
var sureRanges = [...]struct {
	first, last rune
	width       int
}{
	{' ', '~', 1},
	{0xa1, 0xac, 1}, {0xae, 0x24f, 1}, // Latin
	{0x391, 0x3a1, 1}, {0x3a3, 0x3c9, 1}, // Greek
	{0x400, 0x482, 1}, {0x48a, 0x4ff, 1}, // Cyrillic
	{0x2010, 0x2027, 1}, {0x2030, 0x205e, 1}, // punctuation
	{0x2190, 0x2193, 1}, {0x21b5, 0x21b5, 1}, // arrows
	{0x2500, 0x259f, 1},                                           // frames and blocks
	{0x25a0, 0x25a9, 1}, {0x25b2, 0x25b3, 1}, {0x25b8, 0x25b9, 1}, // shapes
	{0x25bc, 0x25bd, 1}, {0x25c2, 0x25c3, 1}, {0x25c6, 0x25cc, 1}, {0x25cf, 0x25cf, 1},
	{0x2800, 0x28ff, 1},                                                                // braille
	{0x3041, 0x3096, 2}, {0x30a1, 0x30fa, 2}, {0x4e00, 0x9fff, 2}, {0xac00, 0xd7a3, 2}, // kana, ideographs, Hangul
	{0xff01, 0xff60, 2}, // full-width forms
}

// sureWidth is the number of cells of a character, 0 where that is not sure.
func sureWidth(r rune) int {
	if r >= ' ' && r <= '~' {
		return 1
	}
	for _, known := range sureRanges[1:] {
		if r <= known.last {
			if r >= known.first {
				return known.width
			}
			return 0
		}
	}
	return 0
}
