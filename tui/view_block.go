package tui

import (
	"strconv"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/stacks"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// blockView shows one block, its neighbours and its place in the segment.
// Moving goes from block to block.
type blockView struct {
	here  here
	rows  []blockRow // of the segment
	calls callList   // of what allocated it

	memory stillMap
}

func newBlockView() *blockView { return &blockView{} }

func (v *blockView) refresh(w *world) {
	v.here = w.here()
	v.rows = nil
	if v.here.block != nil {
		v.rows = blockRows(w.place.pool, v.here.segment, v.here.process)
	}
}

// key unfolds and scrolls the stack.
func (v *blockView) key(a *app, message tea.KeyMsg) (tea.Cmd, bool) {
	switch {
	case v.here.block == nil || len(v.stack()) == 0:
		return nil, false
	case key.Matches(message, a.keys.Enter):
		v.calls.toggle()
		return nil, true
	}
	return nil, v.calls.keys(a.keys, message)
}

func (v *blockView) move(w *world, m table.Motion) {
	if v.here.block == nil {
		return
	}
	index := v.here.index
	last := len(v.rows) - 1
	switch m {
	case table.LineUp, table.HalfUp, table.PageUp:
		index--
	case table.LineDown, table.HalfDown, table.PageDown:
		index++
	case table.ToFirst:
		index = 0
	case table.ToLast:
		index = last
	}
	w.place.block = v.here.segment.Blocks[max(0, min(index, last))].Address
	v.refresh(w)
}

func (v *blockView) down(*world) (place, bool) { return place{}, false }

func (v *blockView) render(w *world, width, height int) []string {
	if v.here.block == nil {
		return gone(w.look, "This block is gone: it was freed and merged, or split.", width)
	}
	l := w.look
	row := &v.rows[v.here.index]
	name, role := row.state()
	lines := []string{
		l.Line(width).PadTo(1).Text(paint.Title, draw.Hex(row.Address)).PadTo(18).
			Repeat(role, l.Glyphs.Of(role), 1).Text(paint.Text, " "+name).String(),
		"",
	}
	if height >= 16 && !v.calls.open {
		drawn := height / 4
		if len(v.stack()) > 0 { // its calls need room
			drawn = max(1, min(drawn, height-24))
		}
		lines = append(lines, v.memory.segment(w, v.here.process, row.Address, width, drawn+1)...)
		lines = append(lines, "")
	}
	facts := []fact{
		{"size", l.Bytes(row.Size), paint.Text},
		{"bytes", strconv.FormatInt(row.Size, 10), paint.Text},
		{"requested", liveBytes(l, row, row.Requested), paint.Text},
		{"rounding", liveBytes(l, row, row.sizes.of(paint.Rounding)), paint.Text},
		{"offset", l.Bytes(row.offset), paint.Text},
		{"segment size", l.Bytes(v.here.segment.Size), paint.Text},
	}
	for _, f := range facts {
		line := l.Line(width).PadTo(1)
		l.Fit(line, paint.Muted, f.name, gridName, false)
		lines = append(lines, line.Text(f.role, f.value).String())
	}
	lines = append(lines, v.neighbour(w, "before it", -1, width), v.neighbour(w, "after it", 1, width))
	return append(lines, v.allocatedBy(l, width, height-len(lines))...)
}

// stack is what allocated the block; none where it was not recorded, or nobody
// has the block: what a file says of free ones is stale.
func (v *blockView) stack() fragcalc.Stack {
	if v.here.block.State == fragcalc.BlockFree {
		return nil
	}
	return v.here.process.Stacks.At(v.here.block.Stack)
}

// allocatedBy lists the calls that led to the block, on at most so many lines.
func (v *blockView) allocatedBy(l *draw.Look, width, height int) []string {
	head := l.Line(width).PadTo(1)
	l.Fit(head, paint.Muted, "allocated by", gridName, false)
	stack := v.stack()
	switch {
	case height <= 0:
		return nil
	case v.here.block.State == fragcalc.BlockFree:
		return []string{head.Text(paint.Muted, "nobody: it is free").String()}
	case len(stack) == 0:
		return []string{head.Text(paint.Muted, "unknown: no stack was recorded").String()}
	}
	head.Text(paint.Text, stacks.Name(stack))
	fitEnd(l, head, paint.Muted, l.Glyphs.Dot+"innermost call first")
	return append([]string{head.String()}, v.calls.render(l, stack, 3, width, height-1, true)...)
}

// liveBytes is a figure that only live blocks have.
func liveBytes(l *draw.Look, r *blockRow, n int64) string {
	if r.State == fragcalc.BlockFree {
		return l.Glyphs.Dash
	}
	return l.Bytes(n)
}

// neighbour is the block next to this one in the segment.
func (v *blockView) neighbour(w *world, name string, by, width int) string {
	l := w.look
	line := l.Line(width).PadTo(1)
	l.Fit(line, paint.Muted, name, gridName, false)
	index := v.here.index + by
	if index < 0 || index >= len(v.rows) {
		return line.Text(paint.Muted, "the segment's edge").String()
	}
	row := &v.rows[index]
	state, role := row.state()
	line.Text(paint.Text, l.Bytes(row.Size)+" ").Repeat(role, l.Glyphs.Of(role), 1).Text(paint.Text, " "+state)
	if stack := v.here.process.Stacks.At(row.Stack); row.State != fragcalc.BlockFree && len(stack) > 0 {
		fitEnd(l, line, paint.Muted, l.Glyphs.Dot+"allocated by "+stacks.Name(stack))
	}
	return line.String()
}

func (v *blockView) summary(w *world) []string {
	if v.here.block == nil {
		return nil
	}
	return []string{blockFacts(w.look, &v.rows[v.here.index])}
}

func (v *blockView) position() (at, of int) { return v.here.index, len(v.rows) }

func (v *blockView) bar(k *keyMap) []key.Binding {
	if v.here.block == nil || len(v.stack()) == 0 {
		return []key.Binding{k.Neighbours, k.Back, k.Release, k.Pause, k.Units, k.Help, k.Quit}
	}
	return []key.Binding{k.Neighbours, k.Back, k.Expand, k.Release, k.Pause, k.Units, k.Help, k.Quit}
}
