package tui

import (
	"github.com/charmbracelet/bubbles/key"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// freeView shows the free blocks of a pool by size. Of pools no history is kept.
type freeView struct {
	keyless
	list *poolView
	free fragcalc.FreeSizes
}

func (v *freeView) refresh(w *world) {
	v.list.refresh(w)
	if h := v.list.here; h.pool != nil {
		v.free = h.pool.FreeSizes(h.process.Settings)
	}
}

func (v *freeView) move(w *world, m table.Motion) {}

func (v *freeView) down(w *world) (place, bool) {
	next, ok := v.list.down(w)
	next.tab = tabList
	return next, ok
}

func (v *freeView) render(w *world, width, height int) []string {
	if v.list.here.pool == nil {
		return gone(w.look, "This pool is gone.", width)
	}
	var lines []string
	if height >= chartHeight {
		lines = append(lines, w.look.Text(paint.Muted, " Of a pool no history is kept: Esc, Esc and H show that of its process.", width), "")
	}
	return append(lines, histogram(w.look, &v.free, width, height-len(lines))...)
}

func (v *freeView) summary(w *world) []string { return v.list.summary(w) }
func (v *freeView) position() (at, of int)    { return 0, 0 }

func (v *freeView) bar(k *keyMap) []key.Binding {
	return []key.Binding{k.Back, k.Release, k.Pause, k.Units, k.Help, k.Quit}
}
