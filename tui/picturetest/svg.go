package picturetest

import (
	"fmt"
	"html"
	"strings"
)

// Size of a cell and of the edge around the screen, in pixels.
const (
	cellWidth, cellHeight = 8, 16
	edge                  = 10
)

// Frame is one screen of a film.
type Frame struct {
	Screen  string  // as View returns it
	Caption string  // what was done to get there; stands below the screen
	Seconds float64 // how long it is shown
}

// Ground is what a picture is drawn on, as "#rrggbb".
type Ground struct{ Background, Text string }

// Still draws one screen of so many cells.
func Still(screen string, width, height int, ground Ground) string {
	b := newBook(ground)
	rows := b.screen(screen, height)
	return b.svg(width, height, rows, "")
}

// Film draws screens one after the other, for ever. It moves by CSS, which
// pictures in a web page may.
func Film(frames []Frame, width, height int, ground Ground) string {
	b := newBook(ground)
	var total float64
	for _, f := range frames {
		total += f.Seconds
	}
	var body, rules strings.Builder
	at := 0.0
	for i, f := range frames {
		from, to := 100*at/total, 100*(at+f.Seconds)/total
		at += f.Seconds
		fmt.Fprintf(&rules, "@keyframes f%d{0%%{visibility:%s}%.3f%%{visibility:visible}%.3f%%{visibility:hidden}}\n#f%d{visibility:hidden;animation:f%d %.1fs step-end infinite}\n",
			i, map[bool]string{true: "visible", false: "hidden"}[i == 0], from, min(to, 100), i, i, total)
		fmt.Fprintf(&body, "<g id=\"f%d\">%s%s</g>\n", i, b.screen(f.Screen, height), b.caption(f.Caption, width, height))
	}
	return b.svg(width, height+2, body.String(), rules.String())
}

// book collects what screens share: their colours and their rows.
type book struct {
	ground  Ground
	classes map[string]string // by rule
	rules   strings.Builder
	rows    map[string]int // by content
	defs    strings.Builder
}

func newBook(ground Ground) *book {
	return &book{ground: ground, classes: map[string]string{}, rows: map[string]int{}}
}

// class is the name of a rule.
func (b *book) class(rule string) string {
	name, ok := b.classes[rule]
	if !ok {
		name = fmt.Sprintf("c%d", len(b.classes))
		b.classes[rule] = name
		fmt.Fprintf(&b.rules, ".%s{%s}\n", name, rule)
	}
	return name
}

// screen draws a screen as its rows, each of which is defined once.
func (b *book) screen(screen string, height int) string {
	var out strings.Builder
	for y, line := range strings.Split(screen, "\n") {
		if y == height {
			break
		}
		row := b.row(parse(line))
		if row == "" {
			continue
		}
		number, seen := b.rows[row]
		if !seen {
			number = len(b.rows)
			b.rows[row] = number
			fmt.Fprintf(&b.defs, "<g id=\"r%d\">%s</g>\n", number, row)
		}
		fmt.Fprintf(&out, "<use href=\"#r%d\" y=\"%d\"/>", number, y*cellHeight)
	}
	return out.String()
}

// row draws a line at the top, run by run.
func (b *book) row(cells []cell) string {
	var grounds, signs strings.Builder
	for from := 0; from < len(cells); {
		first := cells[from]
		fg, bg := b.colours(first.style)
		to := from + 1
		parts, isShape := shapes[first.sign]
		for to < len(cells) && cells[to].style == first.style {
			_, next := shapes[cells[to].sign]
			if isShape && cells[to].sign != first.sign || !isShape && next {
				break
			}
			to++
		}
		x, width := from*cellWidth, (to-from)*cellWidth
		if bg != b.ground.Background {
			fmt.Fprintf(&grounds, "<rect class=\"%s\" x=\"%d\" width=\"%d\" height=\"%d\"/>", b.class("fill:"+bg), x, width, cellHeight)
		}
		switch {
		case isShape:
			b.shape(&signs, parts, fg, x, to-from)
		default:
			b.text(&signs, cells[from:to], fg, x)
		}
		if first.underline {
			fmt.Fprintf(&signs, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"1\"/>", b.class("fill:"+fg), x, cellHeight-1, width)
		}
		from = to
	}
	return grounds.String() + signs.String()
}

// colours are those of a style, with what it leaves to the ground filled in.
func (b *book) colours(s style) (fg, bg string) {
	fg, bg = s.fg, s.bg
	if fg == "" {
		fg = b.ground.Text
	}
	if bg == "" {
		bg = b.ground.Background
	}
	if s.invert {
		fg, bg = bg, fg
	}
	return fg, bg
}

func (b *book) shape(out *strings.Builder, parts []rect, fg string, x, count int) {
	repeat, width := count, 1
	if joins(parts) {
		repeat, width = 1, count
	}
	for i := range repeat {
		for _, r := range parts {
			rule := "fill:" + fg
			if r.cover < 1 {
				rule += fmt.Sprintf(";fill-opacity:%.2f", r.cover)
			}
			left := x + i*cellWidth + r.x*cellWidth/8
			fmt.Fprintf(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
				b.class(rule), left, r.y*cellHeight/8, r.w*cellWidth/8*width, max(r.h*cellHeight/8, 1))
		}
	}
}

// text draws a run, word by word, each stretched to its cells: no two fonts have
// the same width.
func (b *book) text(out *strings.Builder, cells []cell, fg string, x int) {
	rule := "fill:" + fg
	if cells[0].bold {
		rule += ";font-weight:bold"
	}
	if cells[0].dim {
		rule += ";opacity:.6"
	}
	for from := 0; from < len(cells); {
		if cells[from].sign == ' ' {
			from++
			continue
		}
		to := from
		var word strings.Builder
		for to < len(cells) && (cells[to].sign != ' ' || to+1 < len(cells) && cells[to+1].sign != ' ') {
			word.WriteRune(cells[to].sign)
			to++
		}
		fmt.Fprintf(out, "<text class=\"%s\" x=\"%d\" y=\"12\" textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\">%s</text>",
			b.class(rule), x+from*cellWidth, (to-from)*cellWidth, html.EscapeString(word.String()))
		from = to
	}
}

func (b *book) caption(text string, width, height int) string {
	return fmt.Sprintf("<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
		b.class("fill:"+b.ground.Text+";font-size:15px"), width*cellWidth/2, height*cellHeight+cellHeight+8, html.EscapeString(text))
}

// svg puts a picture together.
func (b *book) svg(width, height int, body, rules string) string {
	w, h := width*cellWidth+2*edge, height*cellHeight+2*edge
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d">
<style>text{font:13px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;white-space:pre}
%s%s</style>
<defs>
%s</defs>
<rect width="%d" height="%d" rx="8" fill="%s"/>
<g transform="translate(%d %d)">
%s
</g>
</svg>
`, w, h, w, h, b.rules.String(), rules, b.defs.String(), w, h, b.ground.Background, edge, edge, body)
}
