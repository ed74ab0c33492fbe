package terminal

import (
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// emulator is a small terminal: it knows the sequences that the painter writes
// and fails on any other.
type emulator struct {
	t             *testing.T
	width, height int
	cells         [][]cell
	x, y          int
	style         string
}

func newEmulator(t *testing.T, width, height int) *emulator {
	e := &emulator{t: t, width: width, height: height}
	e.cells = make([][]cell, height)
	for y := range e.cells {
		e.erase(y, 0)
	}
	return e
}

func (e *emulator) erase(y, from int) {
	if len(e.cells[y]) == 0 {
		e.cells[y] = make([]cell, e.width)
	}
	if from > 0 && e.cells[y][from-1].text != "" && from < e.width && e.cells[y][from].text == "" {
		e.cells[y][from-1] = cell{" ", e.cells[y][from-1].style} // half of a wide character
	}
	for x := from; x < e.width; x++ {
		e.cells[y][x] = cell{" ", e.style}
	}
}

func (e *emulator) put(text string, width int) {
	if e.x >= e.width { // no wrapping: the last cell is written over
		e.x = e.width - 1
	}
	if width == 2 && e.x == e.width-1 {
		e.t.Fatalf("%q across the edge", text)
	}
	row := e.cells[e.y]
	if row[e.x].text == "" && e.x > 0 {
		row[e.x-1] = cell{" ", row[e.x-1].style}
	}
	if end := e.x + width; end < e.width && row[end].text == "" {
		row[end] = cell{" ", row[end].style}
	}
	row[e.x] = cell{text, e.style}
	if width == 2 {
		row[e.x+1] = cell{"", e.style}
	}
	e.x += width
}

func (e *emulator) write(b []byte) {
	var state byte
	for text := string(b); text != ""; {
		sequence, width, n, next := ansi.DecodeSequence(text, state, nil)
		text, state = text[n:], next
		switch {
		case width > 0:
			e.put(sequence, width)
		case strings.HasPrefix(sequence, "\x1b["):
			e.control(sequence[2:len(sequence)-1], sequence[len(sequence)-1])
		case sequence == "\u0301": // goes with the cell before
			e.cells[e.y][e.x-1].text += sequence
		default:
			e.t.Fatalf("%q was written", sequence)
		}
	}
}

func (e *emulator) control(parameters string, final byte) {
	numbers := []int{}
	for _, field := range strings.Split(parameters, ";") {
		n, _ := strconv.Atoi(field)
		numbers = append(numbers, n)
	}
	switch {
	case final == 'm':
		e.style = with(e.style, "\x1b["+parameters+"m")
	case final == 'H':
		e.y, e.x = max(numbers[0], 1)-1, 0
		if len(numbers) > 1 {
			e.x = max(numbers[1], 1) - 1
		}
		if e.y >= e.height || e.x >= e.width {
			e.t.Fatalf("the cursor goes to %d, %d", e.x, e.y)
		}
	case final == 'C':
		e.x += max(numbers[0], 1)
		if e.x >= e.width {
			e.t.Fatalf("the cursor goes to column %d", e.x)
		}
	case final == 'K' && parameters == "":
		e.erase(e.y, e.x)
	case final == 'K' && parameters == "2":
		e.erase(e.y, 0)
	case final == 'J' && parameters == "2":
		for y := range e.cells {
			e.erase(y, 0)
		}
	case parameters == "?2026" && (final == 'h' || final == 'l'):
	default:
		e.t.Fatalf("the sequence CSI %s %c was written", parameters, final)
	}
}
