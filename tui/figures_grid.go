package tui

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// fact is a named figure.
type fact struct {
	name  string
	value string
	role  paint.Role
}

func sizeFact(l *draw.Look, name string, b fragcalc.Bytes) fact {
	value, role := l.Size(b)
	return fact{name, value, role}
}

func countFact(l *draw.Look, name string, c fragcalc.Count) fact {
	value, role := l.Count(c)
	return fact{name, value, role}
}

// processGrid are the figures of a process, the important ones first.
func processGrid(w *world, p *fragcalc.Process) []fact {
	l := w.look
	fragmentation, role := l.Percent(p.Fragmentation)
	external, _ := l.Percent(p.External)
	facts := []fact{
		sizeFact(l, "GPU memory", p.GPUMemory),
		sizeFact(l, "reserved", p.Reserved),
		sizeFact(l, "used", p.Used),
		sizeFact(l, "stranded", p.Stranded),
		{"fragmentation", fragmentation, role},
		sizeFact(l, "largest free", p.LargestFree),
		sizeFact(l, "releasable", p.Releasable),
		sizeFact(l, "release returns", p.ReleaseEstimate),
		sizeFact(l, "fits now", p.FitsNow),
		sizeFact(l, "fits after", p.FitsAfterRelease),
		sizeFact(l, "slack", p.Slack),
		sizeFact(l, "active peak", p.ActivePeak),
		sizeFact(l, "pending", p.Pending),
		sizeFact(l, "rounding", p.Rounding),
		sizeFact(l, "parked", p.Parked),
		sizeFact(l, "other", p.Other),
		sizeFact(l, "unallocated", p.Unallocated),
		sizeFact(l, "unbacked", p.Unbacked),
		sizeFact(l, "reserved peak", p.ReservedPeak),
		{"external frag.", external, paint.Text},
		countFact(l, "retries", p.AllocRetries),
		countFact(l, "OOMs", p.OOMs),
	}
	if cost := wasteOfProcess(w.price, p, w.snapshot); cost.stranded.Known() || cost.slack.Known() {
		stranded, role := costText(l, cost.stranded)
		slack, role2 := costText(l, cost.slack)
		facts = append(facts, fact{"stranded/hour", stranded, role}, fact{"slack/hour", slack, role2})
	}
	return facts
}

// Widths of the grid: a name, its value, and the space to the next.
const (
	gridName  = 16
	gridValue = 8
	gridGap   = 4
)

// renderGrid lays facts out in rows, first the first row, so that what does
// not fit into height is the least important.
func renderGrid(l *draw.Look, facts []fact, width, height int) []string {
	value := gridValue
	if l.Unit == draw.UnitBytes {
		value += draw.BytesExtra
	}
	columns := max(1, (width-1+gridGap)/(gridName+value+gridGap))
	var lines []string
	for start := 0; start < len(facts) && len(lines) < height; start += columns {
		line := l.Line(width).PadTo(1)
		for i, f := range facts[start:min(start+columns, len(facts))] {
			if i > 0 {
				line.PadTo(line.Width() + gridGap)
			}
			l.Fit(line, paint.Muted, f.name, gridName, false)
			l.Fit(line, f.role, f.value, value, true)
		}
		lines = append(lines, line.String())
	}
	return lines
}
