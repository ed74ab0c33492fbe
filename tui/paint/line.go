package paint

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Line builds one line of the screen of at most a given width. What does not
// fit is cut; text in the same style as the text before costs no escape
// sequence. A Line without a palette is plain text.
type Line struct {
	palette *Palette
	buf     []byte
	width   int // cells written
	max     int
	open    Role // of the run that is open
	styled  bool // a style other than the terminal's own is on
	forced  bool // all further text takes the open role, as in a selected row
}

// NewLine starts a line of at most max cells.
func NewLine(palette *Palette, max int) *Line {
	return &Line{palette: palette, max: max, buf: make([]byte, 0, 4*max+32)}
}

// Reset begins the line anew, with the room that it has.
func (l *Line) Reset() {
	l.buf, l.width, l.open, l.styled, l.forced = l.buf[:0], 0, Text, false, false
}

// Force draws all further text in one role, whatever role it names.
func (l *Line) Force(role Role) *Line {
	l.switchTo(role)
	l.forced = true
	return l
}

// Text appends s, cut where the line ends. s must hold no control characters.
func (l *Line) Text(role Role, s string) *Line {
	room := l.max - l.width
	if room <= 0 || s == "" {
		return l
	}
	width := Width(s)
	if width > room {
		s = ansi.Truncate(s, room, "")
		width = Width(s)
	}
	l.switchTo(role)
	l.buf = append(l.buf, s...)
	l.width += width
	return l
}

// ASCII appends printable ASCII, cut where the line ends.
func (l *Line) ASCII(role Role, s []byte) *Line {
	if s = s[:max(0, min(len(s), l.max-l.width))]; len(s) > 0 {
		l.switchTo(role)
		l.buf = append(l.buf, s...)
		l.width += len(s)
	}
	return l
}

// Fit appends s in exactly width cells: padded, or cut with the ellipsis.
func (l *Line) Fit(role Role, s string, width int, right bool, ellipsis string) *Line {
	s = Truncate(s, width, ellipsis)
	padding := width - Width(s)
	if right {
		return l.Repeat(Text, ' ', padding).Text(role, s)
	}
	return l.Text(role, s).Repeat(Text, ' ', padding)
}

// Repeat appends n times a glyph that is one cell wide.
func (l *Line) Repeat(role Role, glyph rune, n int) *Line {
	n = min(n, l.max-l.width)
	if n <= 0 {
		return l
	}
	if glyph != ' ' || l.showsOnSpace(role) || l.showsOnSpace(l.open) {
		l.switchTo(role)
	}
	for range n {
		l.buf = utf8.AppendRune(l.buf, glyph)
	}
	l.width += n
	return l
}

// PadTo appends spaces up to a column.
func (l *Line) PadTo(column int) *Line { return l.Repeat(Text, ' ', column-l.width) }

// Width is the number of cells written so far.
func (l *Line) Width() int { return l.width }

// Room is the number of cells left.
func (l *Line) Room() int { return l.max - l.width }

// String ends the line. Trailing spaces stay: they may carry a background.
func (l *Line) String() string {
	if l.styled {
		l.buf = append(l.buf, reset...)
		l.styled = false
	}
	return string(l.buf)
}

func (l *Line) showsOnSpace(role Role) bool { return l.palette != nil && l.palette.solid[role] }

func (l *Line) switchTo(role Role) {
	if l.palette == nil || l.forced {
		return
	}
	now := reset
	if l.styled {
		now = l.palette.prefix[l.open]
	}
	wanted := l.palette.prefix[role]
	l.open = role
	if wanted == now {
		return
	}
	l.buf = append(l.buf, wanted...)
	l.styled = wanted != reset
}

// Width is the number of cells that s takes on a terminal.
func Width(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return ansi.StringWidth(s)
		}
	}
	return len(s)
}

// Truncate cuts s to at most width cells, the last ones the ellipsis where
// there is room for it.
func Truncate(s string, width int, ellipsis string) string {
	switch {
	case width <= 0:
		return ""
	case Width(s) <= width:
		return s
	case Width(ellipsis) >= width:
		return ansi.Truncate(s, width, "")
	default:
		return strings.TrimRight(ansi.Truncate(s, width-Width(ellipsis), ""), " ") + ellipsis
	}
}
