package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Widths of the help: of a column of it, of the names in one, and between two.
const (
	helpColumn = 84
	helpName   = 24
	helpGap    = 3
)

// helpBlock is a part of the help under a title.
type helpBlock struct {
	title string
	lines []string
}

// helpLines are the keys, those of the view that is shown first, and the words;
// in two columns where there is room.
func helpLines(a *app, width int) []string {
	column := width
	if width >= helpColumn+helpName*2 {
		column = (width - helpGap) / 2
	}
	blocks := helpBlocks(a, column)
	if column == width {
		return helpPart(a.world.look, blocks, width)
	}
	// The columns are cut where they are alike in height.
	whole := 0
	for _, b := range blocks {
		whole += len(b.lines) + 2
	}
	cut, height := 0, 0
	for cut < len(blocks) && 2*height < whole {
		height += len(blocks[cut].lines) + 2
		cut++
	}
	return beside(helpPart(a.world.look, blocks[:cut], column), helpPart(a.world.look, blocks[cut:], column), column+helpGap)
}

func helpPart(l *draw.Look, blocks []helpBlock, width int) []string {
	var lines []string
	for i, b := range blocks {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(append(lines, l.Text(paint.Title, b.title, width)), b.lines...)
	}
	return lines
}

func helpBlocks(a *app, width int) []helpBlock {
	l := a.world.look
	var blocks []helpBlock
	if here := helpHere(a, width); len(here.lines) > 0 {
		blocks = append(blocks, here)
	}
	for _, group := range a.keys.groups() {
		block := helpBlock{title: group.title}
		for _, k := range group.keys {
			block.lines = append(block.lines, helpEntry(l, keyNames(k.Binding), k.text(), width)...)
		}
		blocks = append(blocks, block)
	}
	meanings := helpBlock{title: "Words"}
	for _, w := range words {
		meanings.lines = append(meanings.lines, helpEntry(l, w.name, w.meaning, width)...)
	}
	return append(blocks, meanings, helpBlock{"Signs", signLines(l, width)})
}

// helpHere are the keys that the key bar of the view would name if it had room.
func helpHere(a *app, width int) helpBlock {
	if a.world.snapshot == nil {
		return helpBlock{}
	}
	at := a.world.place
	block := helpBlock{title: "Here: " + at.tab.name(at.level)}
	texts := map[string]string{}
	for _, group := range a.keys.groups() {
		for _, k := range group.keys {
			texts[helpID(k.Binding)] = k.text()
		}
	}
	for _, b := range a.view().bar(a.keys) {
		if b.Help().Desc == "" || !a.useful(b) {
			continue
		}
		text, ok := texts[helpID(b)]
		if !ok {
			text = b.Help().Desc
		}
		block.lines = append(block.lines, helpEntry(a.world.look, keyNames(b), text, width)...)
	}
	return block
}

// helpID tells bindings of the same keys apart by what they do.
func helpID(b key.Binding) string { return strings.Join(b.Keys(), " ") + b.Help().Desc }

// helpEntry explains a name, on as many lines as it takes.
func helpEntry(l *draw.Look, name, meaning string, width int) []string {
	const indent = 2
	from := helpName
	if width < 2*helpName { // the names have a line of their own
		from = 2 * indent
	}
	var lines []string
	line := l.Line(width).PadTo(indent).Text(paint.Accent, paint.Truncate(name, width-indent, l.Glyphs.Ellipsis))
	for i, part := range draw.Wrap(meaning, max(width-from, 1)) {
		if i > 0 || line.Width() >= from {
			lines = append(lines, line.String())
			line = l.Line(width)
		}
		line.PadTo(from).Text(paint.Text, part)
	}
	return append(lines, line.String())
}

// signLines explain the signs of states, maps and charts.
func signLines(l *draw.Look, width int) []string {
	var lines []string
	for state := paint.Used; state <= paint.Free; state++ {
		line := l.Line(width).PadTo(2).Repeat(state, l.Glyphs.Of(state), 1)
		lines = append(lines, line.Text(paint.Text, " "+stateName(state)).String())
	}
	pairs := []signWords{
		{l.Glyphs.Changed[0], "of its state, and changed since the walk before; each state has a sign for it"},
		{l.Glyphs.Here, "the cursor of a map; the rest of its block is " + string(l.Glyphs.Bar)},
		{l.Glyphs.MostlyLive, "several states, mostly live memory"}, {l.Glyphs.MostlyFree, "several states, mostly free memory"},
	}
	if len(l.Glyphs.Parts) > 0 {
		const half = 3
		pairs = append(pairs, signWords{l.Glyphs.Parts[half], "two states, parted where one ends and the other begins; with colours only"})
	}
	for _, mark := range markSigns {
		pairs = append(pairs, signWords{mark.sign, "under a chart: " + mark.meaning})
	}
	for _, p := range pairs {
		for i, part := range draw.Wrap(p.text, max(width-4, 1)) {
			line := l.Line(width).PadTo(2)
			if i == 0 {
				line.Repeat(paint.Text, p.glyph, 1)
			}
			lines = append(lines, line.PadTo(4).Text(paint.Text, part).String())
		}
	}
	return lines
}
