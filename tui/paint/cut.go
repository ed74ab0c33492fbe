package paint

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Cut splits a line of the screen at a column. right begins with the style that
// is on there. A wide character across the column is lost to a space on each
// side. What is cut off costs no memory where every character is one cell wide.
func Cut(line string, column int) (left, right string) {
	at, style, simple := cutAt(line, column)
	if !simple {
		left = ansi.Truncate(line, column, "")
		left += strings.Repeat(" ", max(min(column, ansi.StringWidth(line))-ansi.StringWidth(left), 0))
		right = ansi.TruncateLeft(line, column, "")
		if ansi.StringWidth(right) > max(ansi.StringWidth(line)-column, 0) {
			right = " " + ansi.TruncateLeft(line, column+1, "")
		}
		return left, right
	}
	if style == "" || at == len(line) {
		return line[:at], line[at:]
	}
	return line[:at], style + line[at:]
}

// cutAt finds the byte at which a column begins, and the last style sequence
// before it: each of ours switches off all before it. It is not simple where the
// line holds other sequences, or characters that may not be one cell wide.
func cutAt(line string, column int) (at int, style string, simple bool) {
	cells := 0
	for at < len(line) {
		if line[at] == '\x1b' {
			end := strings.IndexByte(line[at:], 'm')
			if end < 0 || at+1 >= len(line) || line[at+1] != '[' {
				return 0, "", false
			}
			if cells < column {
				style = line[at : at+end+1]
			}
			if cells == column {
				return at, style, plain(line[at:])
			}
			at += end + 1
			continue
		}
		if cells == column {
			return at, style, plain(line[at:])
		}
		sign, size := utf8.DecodeRuneInString(line[at:])
		if !oneCell(sign) {
			return 0, "", false
		}
		cells++
		at += size
	}
	return at, style, true
}

// plain tells whether all characters are one cell wide; what is between them and
// is a sequence consists of such characters, too.
func plain(s string) bool {
	for _, sign := range s {
		if sign != '\x1b' && !oneCell(sign) {
			return false
		}
	}
	return true
}

// oneCell tells of a character whether it surely takes one cell: letters of
// Europe, punctuation, arrows, and the shapes that screens are drawn with.
func oneCell(sign rune) bool {
	switch {
	case sign < ' ':
		return false
	case sign < 0x7f:
		return true
	case sign >= 0xa0 && sign < 0x300 && sign != 0xad:
		return true
	case sign >= 0x2010 && sign <= 0x2027, sign >= 0x2190 && sign < 0x2300, sign >= 0x2500 && sign < 0x25fd:
		return true
	}
	return false
}
