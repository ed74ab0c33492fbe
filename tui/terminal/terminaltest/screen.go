// Package terminaltest stands in for a terminal in tests: it knows what the
// bytes that are written to one make it show.
package terminaltest

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Cell is one cell of a screen. The second one of a wide character has no text.
type Cell struct {
	Text  string
	Style string // all style sequences since the last reset, "" for none
}

// Screen is the screen of a terminal that does not wrap lines. The zero value is
// one without edges, and ready for use.
type Screen struct {
	// Width and Height are its size in cells; 0 is without an edge.
	Width, Height int
	// Strange holds the sequences that it does not know, and positions beyond
	// its edges.
	Strange []string

	rows    [][]Cell
	x, y    int
	style   string
	pending string // the beginning of a sequence or character
}

// Cells are the cells of a line that were written or erased, without those at
// its end that are blank.
func (s *Screen) Cells(y int) []Cell {
	if y >= len(s.rows) {
		return nil
	}
	row := s.rows[y]
	for len(row) > 0 && row[len(row)-1] == (Cell{" ", ""}) {
		row = row[:len(row)-1]
	}
	return row
}

// Text is what the screen shows, without styles.
func (s *Screen) Text() string {
	var b strings.Builder
	for y := range s.rows {
		for _, c := range s.Cells(y) {
			b.WriteString(c.Text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Style is the style that is switched on.
func (s *Screen) Style() string { return s.style }

// Write implements io.Writer. It never fails.
func (s *Screen) Write(b []byte) (int, error) {
	s.pending += string(b)
	for s.pending != "" {
		n := s.take(s.pending)
		if n == 0 {
			break
		}
		s.pending = s.pending[n:]
	}
	return len(b), nil
}

// take handles what text begins with, and returns its length: 0 where its end
// has not come yet.
func (s *Screen) take(text string) int {
	switch c := text[0]; {
	case c == '\x1b':
		n := sequenceEnd(text)
		switch {
		case n > 0 && text[1] == '[':
			s.control(text[2:n-1], text[n-1])
		case n > 0 && text[1] != ']':
			s.Strange = append(s.Strange, text[:n])
		}
		return n
	case c == '\r':
		s.x = 0
	case c == '\n':
		s.y++
	case c < ' ' && c != '\a', c == 0x7f:
		s.Strange = append(s.Strange, text[:1])
	case c >= ' ':
		if !utf8.FullRuneInString(text) {
			return 0
		}
		_, n := utf8.DecodeRuneInString(text)
		s.put(text[:n])
		return n
	}
	return 1
}

// sequenceEnd is the length of the escape sequence that s begins with.
func sequenceEnd(s string) int {
	switch {
	case len(s) < 2:
		return 0
	case s[1] == ']': // up to BEL or ST
		for i := 2; i < len(s); i++ {
			if s[i] == '\a' {
				return i + 1
			}
			if s[i] == '\\' && s[i-1] == '\x1b' {
				return i + 1
			}
		}
		return 0
	case s[1] != '[':
		return 2
	}
	for i := 2; i < len(s); i++ {
		if s[i] >= 0x40 && s[i] <= 0x7e {
			return i + 1
		}
	}
	return 0
}

// at is a cell, which is made where there was none.
func (s *Screen) at(x, y int) *Cell {
	for len(s.rows) <= y {
		s.rows = append(s.rows, nil)
	}
	for len(s.rows[y]) <= x {
		s.rows[y] = append(s.rows[y], Cell{" ", ""})
	}
	return &s.rows[y][x]
}

// halve blanks the other half of a wide character of which a cell goes.
func (s *Screen) halve(x, y int) {
	if s.at(x, y).Text == "" && x > 0 {
		s.at(x-1, y).Text = " "
	}
	if s.at(x+1, y).Text == "" {
		s.at(x+1, y).Text = " "
	}
}

func (s *Screen) put(text string) {
	width := ansi.StringWidth(text)
	if width == 0 { // goes with the cell before
		s.at(max(s.x-1, 0), s.y).Text += text
		return
	}
	if s.Width > 0 && s.x+width > s.Width {
		s.x = max(s.Width-width, 0)
	}
	for i := range width {
		s.halve(s.x+i, s.y)
	}
	*s.at(s.x, s.y) = Cell{text, s.style}
	for i := 1; i < width; i++ {
		*s.at(s.x+i, s.y) = Cell{"", s.style}
	}
	s.x += width
}

func (s *Screen) erase(y, from int) {
	s.at(from, y)
	s.halve(from, y)
	end := len(s.rows[y])
	if s.style != "" {
		end = max(end, s.Width)
	}
	for x := from; x < end; x++ {
		*s.at(x, y) = Cell{" ", s.style}
	}
}

// control handles the sequence CSI parameters final.
func (s *Screen) control(parameters string, final byte) {
	var numbers [2]int
	for i, field := range strings.SplitN(parameters, ";", 2) {
		numbers[i], _ = strconv.Atoi(field)
	}
	switch {
	case final == 'm':
		s.restyle(parameters)
	case final == 'H':
		s.moveTo(max(numbers[1], 1)-1, max(numbers[0], 1)-1)
	case final == 'C':
		s.moveTo(s.x+max(numbers[0], 1), s.y)
	case final == 'K' && parameters == "":
		s.erase(s.y, s.x)
	case final == 'K' && parameters == "2":
		s.erase(s.y, 0)
	case final == 'J' && parameters == "2":
		for y := range max(len(s.rows), s.Height) {
			s.erase(y, 0)
		}
	case strings.HasPrefix(parameters, "?") && (final == 'h' || final == 'l'):
		if parameters == "?1049" {
			s.rows = nil
		}
	default:
		s.Strange = append(s.Strange, "\x1b["+parameters+string(final))
	}
}

func (s *Screen) moveTo(x, y int) {
	if s.Width > 0 && x >= s.Width || s.Height > 0 && y >= s.Height {
		s.Strange = append(s.Strange, "the cursor at "+strconv.Itoa(x)+", "+strconv.Itoa(y))
	}
	s.x, s.y = x, y
}

func (s *Screen) restyle(parameters string) {
	switch {
	case parameters == "" || parameters == "0":
		s.style = ""
	case strings.HasPrefix(parameters, "0;"):
		s.style = "\x1b[" + parameters + "m"
	default:
		s.style += "\x1b[" + parameters + "m"
	}
}
