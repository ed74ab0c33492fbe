package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// helpPane lists the keys and the words of the screen. It keeps what it wrote: it
// is drawn with every frame.
type helpPane struct {
	scroll
	text    []string
	width   int
	palette *paint.Palette
}

func (p *helpPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	k := a.keys
	if p.scroll.key(k, message) {
		return nil
	}
	if key.Matches(message, k.Back, k.Help, k.Quit, k.Enter) {
		a.dialog = nil
	}
	return nil
}

func (p *helpPane) content(a *app, width, height int) (string, []string) {
	if l := a.world.look; p.text == nil || p.width != width || p.palette != l.Palette {
		p.text, p.width, p.palette = helpLines(a, width), width, l.Palette
	}
	shown := p.window(p.text, height)
	title := "gpufragtop " + a.options.Version
	if p.lines > p.height {
		title += p.hint(a.world.look)
	}
	return title, shown
}

// widest implements wideDialog.
func (p *helpPane) widest() int { return 2*helpColumn + helpGap }

// signWords explain a sign.
type signWords struct {
	glyph rune
	text  string
}

// word explains a word of the screen.
type word struct{ name, meaning string }

var words = []word{
	{"GPU-MEM", "what the driver charges to the process"},
	{"RESERVED", "held from the driver by the process's allocator"},
	{"USED", "in live blocks"},
	{"STRANDED", "free, but in holes beside live blocks: nobody else can have it"},
	{"%", "stranded / reserved: the fragmentation"},
	{"PENDING", "freed, still waiting for a stream"},
	{"ROUNDING", "lost inside live blocks to the allocator's sizes"},
	{"PARKED", "kept by design for CUDA graphs and memory pools"},
	{"pinned", "a live block pins the stranded memory of its segment: it keeps all of it from going back to the driver"},
	{"PINS ALONE", "of a stack: what no other stack pins; without its blocks it could go back"},
	{"PINS IN ALL", "of a stack: what it pins alone or together with others; never add it up, shared parts count for each"},
	{"PINNED SEGS", "of a stack: how many segments it pins in all"},
	{"OF LIVE", "of a stack: its part of all live memory of what is looked at"},
	{"SLACK", "reserved, and never needed at once so far"},
	{"RELSBL", "free, and a release hands it back to the driver"},
	{"LARGEST", "the largest single free block"},
	{"FITS-NOW", "the largest single allocation that would succeed; of a GPU: in any process"},
	{"RETRY/M", "allocations in the last minute that needed a release first: each a stall"},
	{"CPU", "of one processor; HOST-MEM is its resident memory there"},
	{"WHERE", "the container, pod, job step or unit that the process lives in"},
	{"RANK", "which of how many processes of its job it is"},
	{"TREND", "stranded over the last 5 minutes"},
	{"UNSEEN", "held by processes that cannot be seen into"},
	{"OTHER", "contexts, libraries and whatever no process accounts for"},
}
