package tui

import (
	"github.com/charmbracelet/bubbles/key"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// segmentView shows one segment: its map, and its blocks.
type segmentView struct {
	keyless
	here   here
	blocks table.Table[blockRow, uint64]
	shown  place
	memory stillMap
}

func newSegmentView() *segmentView {
	return &segmentView{blocks: newBlockTable()}
}

func (v *segmentView) list() table.Listing { return &v.blocks }

func (v *segmentView) refresh(w *world) {
	v.here = w.here()
	var rows []blockRow
	if segment := v.here.segment; segment != nil {
		rows = blockRows(w.place.pool, segment, v.here.process)
		nameStacks(rows, w.stackIndex(v.here.process))
	}
	shown := place{row: w.place.row, pool: w.place.pool, segment: w.place.segment}
	another := v.shown != shown
	if v.shown = shown; another {
		v.blocks.Anew()
	}
	v.blocks.Fill(w.look, rows)
	if another {
		if v.blocks.Find(w.place.block) { // a map or a stack led to it
			return
		}
		v.blocks.MoveTo(mostStranded(v.blocks.Rows, func(r *blockRow) *sizes { return &r.sizes }))
	}
}

// enter implements entered.
func (v *segmentView) enter() { v.shown = place{} }

func (v *segmentView) move(_ *world, m table.Motion) { v.blocks.Move(m) }

func (v *segmentView) down(w *world) (place, bool) {
	row, ok := v.blocks.Current()
	if !ok {
		return place{}, false
	}
	next := w.place
	next.level, next.block = blockLevel, row.Address
	return next, true
}

func (v *segmentView) render(w *world, width, height int) []string {
	segment := v.here.segment
	if segment == nil {
		return gone(w.look, "This segment has been given back.", width)
	}
	var lines []string
	if height >= 10 {
		lines = append(v.memory.segment(w, v.here.process, v.blocks.Selected, width, height/4+1), "")
	}
	return append(lines, v.blocks.Render(w.look, width, height-len(lines), true)...)
}

func (v *segmentView) summary(w *world) []string {
	row, ok := v.blocks.Current()
	if !ok {
		return nil
	}
	facts := []string{blockFacts(w.look, row)}
	if row.by != "" {
		facts = append(facts, "Allocated by "+row.by+".")
	}
	return facts
}

// blockFacts explains the state of a block.
func blockFacts(l *draw.Look, r *blockRow) string {
	who := draw.Hex(r.Address) + ": " + l.Prose(r.Size) + " "
	switch name, _ := r.state(); name {
	case "used":
		return who + "in use, " + l.Prose(r.Requested) + " asked for."
	case "pending":
		return who + "freed by the program, waiting for a stream to finish with it."
	case "parked":
		return who + "free, kept for a CUDA graph or memory pool."
	case "stranded":
		return who + "free, held back by its neighbours: reusable by this pool and stream only."
	case "releasable":
		return who + "free, a release returns it."
	default:
		return who + "free, a release returns " + l.Prose(r.sizes.of(paint.Releasable)) + " of it in whole pages."
	}
}

func (v *segmentView) position() (at, of int) { return v.blocks.Index, len(v.blocks.Rows) }

func (v *segmentView) bar(k *keyMap) []key.Binding {
	return []key.Binding{k.Enter, k.Back, k.Tabs[tabMap], k.Tabs[tabStacks], k.Release, k.Sort, k.Filter, k.Pause, k.Units, k.Help, k.Quit}
}
