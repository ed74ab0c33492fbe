package tui

import (
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// historyHeight is the height of a process's view from which the last hour has
// room.
const historyHeight = 28

// historyLines show the last hour of a process: reserved and stranded bytes,
// each with its highest value.
func historyLines(w *world, p *fragcalc.Process, width int) []string {
	const label, most = 22, 10
	cells, buckets := 0, int64(0)
	for _, per := range [...]int64{2, 3, 4, 6, 8, 12, 24} { // all part an hour
		if cells, buckets = int(historyBuckets/per), per; cells <= width-label-most {
			break
		}
	}
	l := w.look
	var lines []string
	for _, row := range [...]struct {
		name   string
		figure remembered
		role   paint.Role
	}{{"last hour: reserved", rememberReserved, paint.Text}, {"           stranded", rememberStranded, paint.Stranded}} {
		values := w.trends.hour(p.RowID, row.figure, cells, buckets)
		if values == nil {
			continue
		}
		line := l.line(width).PadTo(1)
		l.fit(line, paint.Muted, row.name, label-1, false)
		line.Text(row.role, l.glyphs.SparkLine(values))
		lines = append(lines, line.Text(paint.Muted, " up to "+l.bytes(int64(slices.Max(values)))).String())
	}
	return lines
}
