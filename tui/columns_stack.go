package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/fragcalc/stacks"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// stackRow is a group of stacks.
type stackRow struct {
	*stacks.Group
	index *stacks.Index
	live  int64 // bytes of all groups
}

func (r *stackRow) name() string { return r.index.Name(r.Stack) }

// share is its part of what is live; of nothing it is 0.
func (r *stackRow) share() float64 {
	if r.live == 0 {
		return 0
	}
	return float64(r.Bytes) / float64(r.live)
}

// words are the calls of the stack: what a filter looks into.
func (r *stackRow) words() []string {
	words := []string{r.name()}
	for _, call := range r.index.Stack(r.Stack) {
		words = append(words, call.Function+" "+call.File+":"+strconv.Itoa(call.Line))
	}
	return words
}

// byAlone is the order in which groups come.
const byAlone = "alone"

// newStackTable is the table of groups of stacks.
func newStackTable() table.Table[stackRow, uint32] {
	return table.Table[stackRow, uint32]{Name: "stacks", One: "stack", Columns: stackColumns(),
		Identity: func(r *stackRow) uint32 { return r.Key },
		Natural:  byAlone, Order: table.SortOrder{Key: byAlone},
		Words: (*stackRow).words}
}

func stackColumns() []table.Column[stackRow] {
	sized := func(title, key, help string, width, rank int, figure func(*stackRow) int64) table.Column[stackRow] {
		return table.Column[stackRow]{Title: title, Key: key, Help: help, Width: width, Size: true, Rank: rank, Right: true,
			By:   query.Size(func(r *stackRow) (int64, bool) { return figure(r), true }),
			Text: func(l *draw.Look, r *stackRow) (string, paint.Role) { return sizeOrNothing(l, figure(r)) }}
	}
	counted := func(title, key, help string, width, rank int, figure func(*stackRow) int) table.Column[stackRow] {
		return table.Column[stackRow]{Title: title, Key: key, Help: help, Width: width, Rank: rank, Right: true,
			By: query.Count(func(r *stackRow) (int64, bool) { return int64(figure(r)), true }),
			Text: func(_ *draw.Look, r *stackRow) (string, paint.Role) {
				if n := figure(r); n > 0 {
					return strconv.Itoa(n), paint.Text
				}
				return "0", paint.Muted
			}}
	}
	return []table.Column[stackRow]{
		sized("PINS ALONE", byAlone, "stranded that no other stack pins; without it free to go", 10, 1, func(r *stackRow) int64 { return r.Alone }),
		sized("PINS IN ALL", "pins", "stranded that it pins, alone or together with other stacks", 11, 3, func(r *stackRow) int64 { return r.Held }),
		counted("PINNED SEGS", "pinned", "segments with stranded memory that it keeps from going back", 11, 6, func(r *stackRow) int { return r.HeldSegments }),
		sized("LIVE", "live", "bytes of its used and pending blocks", 7, 2, func(r *stackRow) int64 { return r.Bytes }),
		{Title: "OF LIVE", Key: "share", Help: "its part of all live memory here", Width: 7, Rank: 7, Right: true,
			By: query.Ratio(func(r *stackRow) (float64, bool) { return r.share(), true }),
			Text: func(_ *draw.Look, r *stackRow) (string, paint.Role) {
				return units.Percent(r.share()), paint.Text
			}},
		counted("BLOCKS", "blocks", "used and pending blocks", 6, 5, func(r *stackRow) int { return r.Blocks }),
		sized("ROUNDING", "rounding", "lost to the allocator's sizes", 8, 9, func(r *stackRow) int64 { return r.Bytes - r.Requested }),
		counted("SEGMENTS", "segments", "in which it has live blocks", 8, 8, func(r *stackRow) int { return r.Segments }),
		{Title: "ALLOCATED BY", Key: "stack", Help: "the innermost call of the program's own", Width: 28, Flex: true, Rank: 0,
			By: query.Word((*stackRow).name),
			Text: func(_ *draw.Look, r *stackRow) (string, paint.Role) {
				if len(r.index.Stack(r.Stack)) == 0 {
					return stacks.None, paint.Muted
				}
				return r.name(), paint.Text
			}},
	}
}

// sizeOrNothing is a size that catches the eye only where there is something.
func sizeOrNothing(l *draw.Look, n int64) (string, paint.Role) {
	if n == 0 {
		return l.Bytes(n), paint.Muted
	}
	return l.Bytes(n), paint.Text
}
