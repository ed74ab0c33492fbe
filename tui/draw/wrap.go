package draw

import (
	"strings"
	"unicode/utf8"

	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Wrap breaks text into lines of at most width cells.
func Wrap(text string, width int) []string {
	lines := Pieces(text, width)
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// Pieces breaks text into at least one piece of at most width cells each,
// after a space where it can. Together the pieces are the text.
func Pieces(text string, width int) []string {
	width = max(width, 1)
	var done []string
	first, end := 0, 0 // of the piece that is growing
	for word := range strings.SplitAfterSeq(text, " ") {
		if line := text[first:end]; line != "" && paint.Width(line)+paint.Width(word) > width {
			done = append(done, line)
			first = end
		}
		end += len(word)
		for paint.Width(text[first:end]) > width {
			line := text[first:end]
			head := paint.Truncate(line, width, "")
			if head == "" { // a character wider than the line
				_, size := utf8.DecodeRuneInString(line)
				head = line[:size]
			}
			done = append(done, head)
			first += len(head)
		}
	}
	return append(done, text[first:end])
}
