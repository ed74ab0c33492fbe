package tui

import "github.com/gpufragtop/gpufragtop/tui/paint"

// Sizes of the room below a short list of processes from which it shows
// something of the selected one.
const (
	previewHeight = 8   // its memory map
	previewMost   = 18  // lines that the map takes, where the screen is not a large one
	besideMap     = 160 // width with room for its history beside the map
	historyLeast  = 12  // lines, of the history
)

// renderPreview uses the room below a short list: it shows the memory map of the
// selected process, and beside it what it was before where the screen is wide.
func (v *nodeView) renderPreview(w *world, width, height int) []string {
	row, ok := v.processes.Current()
	if !ok || height < previewHeight || len(row.Pools) == 0 {
		return nil
	}
	if width < besideMap || height < historyLeast {
		return append([]string{""}, v.previewMap(w, row, width, min(height-1, previewMost))...)
	}
	split := width * 3 / 5
	lines := beside(v.previewMap(w, row, split, height-1), v.previewHistory(w, row, width-split-2, height-1), split+2)
	return append([]string{""}, lines...)
}

// previewMap is the map under its title.
func (v *nodeView) previewMap(w *world, row *processRow, width, height int) []string {
	pool := row.Pools[largestPool(row.Process)].PoolID
	title := w.look.Line(width).PadTo(1).Text(paint.Title, "Memory map of "+rowName(row.RowID)).String()
	return append([]string{title}, v.preview.pools(w, row.Process, pool, false, width, height-1)...)
}

// previewHistory is the chart of the tab for it, under its title.
func (v *nodeView) previewHistory(w *world, row *processRow, width, height int) []string {
	past := historyView{of: pastOfProcess(w, row.RowID, row.Process)}
	if past.of.series == nil {
		return nil
	}
	title := w.look.Line(width).Text(paint.Title, "Its last "+spanWords(w.window.Span())).String()
	return append([]string{title}, past.mainChart(w, width, height-1)...)
}
