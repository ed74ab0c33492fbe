package paint

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// Whatever a line holds, its two parts show what it showed, each in its place.
func TestCutPartsAddUp(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{"a", " ", "█", "▙", "é", "–", "\x1b[0;1m", "\x1b[0;38;2;1;2;3m", "\x1b[m", "漢", "🙂", "e\u0301", "…", "╭"}
	for range 20000 {
		var b strings.Builder
		narrow := r.IntN(2) == 0
		for range r.IntN(30) {
			part := parts[r.IntN(len(parts))]
			if narrow && (part == "漢" || part == "🙂" || part == "e\u0301") {
				continue
			}
			b.WriteString(part)
		}
		line := b.String()
		width := ansi.StringWidth(line)
		column := r.IntN(width + 3)
		left, right := Cut(line, column)
		if got := ansi.StringWidth(left); got != min(column, width) {
			t.Fatalf("%q at %d: the left part %q is %d cells wide", line, column, left, got)
		}
		if got := ansi.StringWidth(right); got != max(width-column, 0) {
			t.Fatalf("%q at %d: the right part %q is %d cells wide", line, column, right, got)
		}
		if narrow && ansi.Strip(left)+ansi.Strip(right) != ansi.Strip(line) {
			t.Fatalf("%q at %d: %q and %q", line, column, left, right)
		}
		if narrow && lastStyle(left) != styleBefore(line, column) {
			t.Fatalf("%q at %d: the left part ends in %q", line, column, lastStyle(left))
		}
		if first := styleBefore(line, column); narrow && ansi.Strip(right) != "" && first != "" && !strings.HasPrefix(right, "\x1b[") {
			t.Fatalf("%q at %d: the right part %q begins without the style %q", line, column, right, first)
		}
	}
}

// lastStyle is the last style sequence of a text.
func lastStyle(s string) string {
	i := strings.LastIndex(s, "\x1b[")
	if i < 0 {
		return ""
	}
	return s[i : i+strings.IndexByte(s[i:], 'm')+1]
}

// styleBefore is the last style sequence before a column.
func styleBefore(line string, column int) string {
	style, cells := "", 0
	for line != "" {
		if strings.HasPrefix(line, "\x1b[") {
			end := strings.IndexByte(line, 'm') + 1
			if cells < column {
				style = line[:end]
			}
			line = line[end:]
			continue
		}
		for i, sign := range line {
			if i == 0 {
				line = line[len(string(sign)):]
				break
			}
		}
		cells++
	}
	return style
}

func TestCutCostsLittle(t *testing.T) {
	line := "\x1b[0;32m" + strings.Repeat("█", 60) + "\x1b[m" + strings.Repeat("x", 60)
	if got := testing.AllocsPerRun(100, func() { Cut(line, 30) }); got > 1 {
		t.Errorf("%.0f allocations", got)
	}
}
