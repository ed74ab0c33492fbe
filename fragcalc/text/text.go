// Package text makes foreign text fit to show. Command lines, environment
// values and strings from another process's page are written by strangers: a
// single escape sequence in one of them could repaint or retitle the terminal.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean returns s fit for one line of a terminal or a JSON string, at most max
// bytes of UTF-8. Line breaks and tabs become single spaces; everything that a
// terminal could act on or that hides itself is removed: C0, DEL and C1 control
// characters, invalid UTF-8, bidirectional controls, zero-width and other format
// characters, line and paragraph separators, private-use and unassigned code
// points. What was cut ends in "…" where max leaves room for it. A max of 0 or
// less gives the empty string.
func Clean(s string, max int) string {
	if max <= 0 || s == "" {
		return ""
	}
	if isPlain(s) && len(s) <= max {
		return s
	}
	const ellipsis = "…"
	var out strings.Builder
	fits := 0 // length of out at which the ellipsis would still fit
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case r == utf8.RuneError && size == 1:
			continue
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			r = ' '
		case !Printable(r):
			continue
		}
		if out.Len()+utf8.RuneLen(r) > max {
			if max < len(ellipsis) {
				return out.String()
			}
			return out.String()[:fits] + ellipsis
		}
		out.WriteRune(r)
		if out.Len()+len(ellipsis) <= max {
			fits = out.Len()
		}
	}
	return out.String()
}

// Printable tells whether r is safe to send to a terminal: a letter, mark,
// number, punctuation, symbol or space that neither moves the cursor nor
// changes the direction or the visibility of what follows.
func Printable(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r >= ' ' && r != 0x7f
	case unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), unicode.Is(unicode.Variation_Selector, r):
		return false
	case r == '\u115f', r == '\u1160', r == '\u2800':
		return false // fillers that show as nothing
	default:
		return unicode.IsGraphic(r) // excludes Cc, Cf, Cs, Co, Cn, Zl and Zp
	}
}

// isPlain tells whether s is printable ASCII, as nearly all foreign text is.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
