package terminal

import (
	"strconv"

	"github.com/charmbracelet/x/ansi"
)

// Sequences that the painter writes.
const (
	plainStyle  = "\x1b[m"
	eraseRight  = "\x1b[K"
	eraseLine   = "\x1b[2K"
	eraseScreen = "\x1b[2J"
	// A terminal that knows these shows what is between them at once; one that
	// does not takes no notice of them.
	beginUpdate = "\x1b[?2026h"
	endUpdate   = "\x1b[?2026l"
)

// largeFrame is the size in bytes from which a frame could be seen half drawn:
// it may come in several packets. Smaller ones are not worth the sixteen bytes
// that announce them.
const largeFrame = 1000

// painter knows what a terminal shows and writes what makes it show something
// else: of each line the cells that differ.
type painter struct {
	shown    []string
	old, new []cell
	out      []byte
	width    int
	style    string // that is switched on
	x, y     int    // where the cursor is; x < 0: not known
}

// frame is the bytes that show lines on a terminal of some width. Unless it is
// unknown what the terminal shows, lines that did not change are no bytes. The
// result is good until the next call.
func (p *painter) frame(lines []string, width int, unknown bool) []byte {
	p.out = append(p.out[:0], beginUpdate...)
	p.width, p.style, p.x = width, "", -1
	if unknown {
		p.shown = nil
		p.out = append(p.out, plainStyle+eraseScreen...)
	}
	for y := range max(len(lines), len(p.shown)) {
		p.line(y, at(p.shown, y), at(lines, y))
	}
	p.switchTo("")
	p.shown = lines
	if len(p.out) < largeFrame {
		return p.out[len(beginUpdate):]
	}
	return append(p.out, endUpdate...)
}

func at(lines []string, y int) string {
	if y < len(lines) {
		return lines[y]
	}
	return ""
}

// line draws what differs between two lines.
func (p *painter) line(y int, before, after string) {
	if before == after {
		return
	}
	var sureOld, sureNew bool
	p.old, sureOld = parse(p.old[:0], before, p.width)
	p.new, sureNew = parse(p.new[:0], after, p.width)
	if !sureOld || !sureNew {
		p.wholeLine(y, after)
		return
	}
	old, new := trim(p.old), trim(p.new)
	for x := 0; x < len(new); {
		switch {
		case new[x] != cellAt(old, x):
			p.moveTo(x, y)
			x = p.cell(new, x)
		case p.x == x && p.y == y && p.bridges(old, new, x):
			x = p.cell(new, x)
		default:
			x++
		}
	}
	if len(old) > len(new) {
		p.moveTo(len(new), y)
		p.switchTo("")
		p.out = append(p.out, eraseRight...)
	}
}

// wholeLine draws a line of which it is not sure where a terminal puts its
// cells. No position in it is relied upon, now or later.
func (p *painter) wholeLine(y int, line string) {
	p.moveTo(0, y)
	p.switchTo("")
	p.out = append(p.out, eraseLine...)
	p.out = append(p.out, ansi.Truncate(line, p.width, "")...)
	p.out = append(p.out, plainStyle...)
	p.x = -1
}

// cell draws the cell at x and returns the column behind it.
func (p *painter) cell(cells []cell, x int) int {
	p.switchTo(cells[x].style)
	p.out = append(p.out, cells[x].text...)
	x++
	for x < len(cells) && cells[x].text == "" { // the rest of a wide character
		x++
	}
	p.x = x
	if x >= p.width { // the cursor waits at the edge
		p.x = -1
	}
	return x
}

// bridges tells whether drawing the unchanged cells from x on up to the next
// changed one is cheaper than going there.
func (p *painter) bridges(old, new []cell, x int) bool {
	const goingThere = len("\x1b[9C")
	bytes := 0
	for ; x < len(new) && new[x] == cellAt(old, x); x++ {
		if bytes += len(new[x].text); new[x].style != p.style || bytes > goingThere {
			return false
		}
	}
	return x < len(new)
}

// moveTo goes to a cell.
func (p *painter) moveTo(x, y int) {
	switch {
	case p.x == x && p.y == y:
		return
	case p.x >= 0 && p.y == y && x > p.x:
		p.out = append(p.out, "\x1b["...)
		if x > p.x+1 {
			p.out = strconv.AppendInt(p.out, int64(x-p.x), 10)
		}
		p.out = append(p.out, 'C')
	default:
		p.out = append(p.out, "\x1b["...)
		p.out = strconv.AppendInt(p.out, int64(y+1), 10)
		if x > 0 {
			p.out = append(p.out, ';')
			p.out = strconv.AppendInt(p.out, int64(x+1), 10)
		}
		p.out = append(p.out, 'H')
	}
	p.x, p.y = x, y
}

// switchTo switches to a style of a cell.
func (p *painter) switchTo(style string) {
	switch {
	case style == p.style:
		return
	case style == "" || !resets(style):
		p.out = append(p.out, plainStyle...)
	}
	p.out = append(p.out, style...)
	p.style = style
}
