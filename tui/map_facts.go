package tui

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/stacks"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/blockmap"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// spotFacts says what is under the cursor of a map: the block, who allocated it
// and when, what holds a hole, and the segment around it.
func spotFacts(w *world, p *fragcalc.Process, u *blockmap.Under) []string {
	l := w.look
	segment := "segment " + draw.Hex(u.Segment.Address) + ", " + l.Prose(u.Segment.Size)
	if u.Block == nil {
		return []string{segment + ": its blocks were not recorded."}
	}
	row := blockRow{Block: u.Block, offset: int64(u.Block.Address - u.Segment.Address), sizes: sizes(u.Inside)}
	facts := []string{blockFacts(l, &row)}
	if name, _ := row.state(); name == "stranded" {
		facts[0] = draw.Hex(row.Address) + ": " + l.Prose(row.Size) + " stranded " + besideWords(l, u) + "."
	}
	if u.Sizes[paint.Stranded-paint.Used] > 0 {
		facts = append(facts, pinnedWords(l, u)+".")
	}
	if u.Block.State != fragcalc.BlockFree {
		facts = append(facts, madeWords(w, p, u.Block))
	}
	return append(facts, "At "+l.Prose(row.offset)+" of "+segment+".")
}

// besideWords says what a hole lies between.
func besideWords(l *draw.Look, u *blockmap.Under) string {
	side := func(b *fragcalc.Block) string {
		switch {
		case b == nil:
			return "the segment's edge"
		case b.State == fragcalc.BlockUsed:
			return l.Prose(b.Size) + " in use"
		case b.State == fragcalc.BlockPending:
			return l.Prose(b.Size) + " pending"
		default:
			return l.Prose(b.Size) + " free"
		}
	}
	return "between " + side(u.Before) + " and " + side(u.After)
}

// pinnedWords says what holds a segment, and how much of it.
func pinnedWords(l *draw.Look, u *blockmap.Under) string {
	of := func(state paint.Role) int64 { return u.Sizes[state-paint.Used] }
	blocks := 0
	for i := range u.Segment.Blocks {
		if u.Segment.Blocks[i].State != fragcalc.BlockFree {
			blocks++
		}
	}
	pins := " pin "
	switch {
	case blocks == 1 && u.Block.State != fragcalc.BlockFree:
		return "It alone pins " + l.Prose(of(paint.Stranded)) + " here"
	case blocks == 1:
		pins = " pins "
	}
	live := of(paint.Used) + of(paint.Rounding) + of(paint.Pending)
	return draw.Plural(blocks, "live block") + " of " + l.Prose(live) + pins + l.Prose(of(paint.Stranded)) + " here"
}

// madeWords says when a block was allocated and by which code, as far as it is
// known.
func madeWords(w *world, p *fragcalc.Process, b *fragcalc.Block) string {
	words := ""
	stack := b.Stack
	if made, ok := madeAt(p.Trace, b); ok {
		words = "Allocated " + units.Age(max(w.snapshot.At.Sub(time.UnixMicro(made.Micros)), 0)) + " ago"
		if stack == 0 {
			stack = made.Stack
		}
	}
	calls := p.Stacks.At(stack)
	switch {
	case len(calls) > 0:
		return orElse(words, "Allocated") + " by " + stacks.Name(calls) + "."
	case words == "":
		return "No stack was recorded."
	}
	return words + "; no stack was recorded."
}

// madeAt is the event that allocated a block, if it is recorded with its time.
func madeAt(trace *fragcalc.Trace, b *fragcalc.Block) (*fragcalc.TraceEvent, bool) {
	if trace == nil {
		return nil, false
	}
	for i := len(trace.Events) - 1; i >= 0; i-- {
		if e := &trace.Events[i]; e.Address == b.Address && e.Kind == fragcalc.TraceAlloc {
			return e, e.Micros > 0
		}
	}
	return nil, false
}
