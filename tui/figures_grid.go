package tui

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// fact is a named figure.
type fact struct {
	name  string
	value string
	role  paint.Role
}

func (l *look) sizeFact(name string, b fragcalc.Bytes) fact {
	value, role := l.size(b)
	return fact{name, value, role}
}

func (l *look) countFact(name string, c fragcalc.Count) fact {
	value, role := l.count(c)
	return fact{name, value, role}
}

// processGrid are the figures of a process, the important ones first.
func processGrid(w *world, p *fragcalc.Process) []fact {
	l := w.look
	fragmentation, role := l.percent(p.Fragmentation)
	external, _ := l.percent(p.External)
	facts := []fact{
		l.sizeFact("GPU memory", p.GPUMemory),
		l.sizeFact("reserved", p.Reserved),
		l.sizeFact("used", p.Used),
		l.sizeFact("stranded", p.Stranded),
		{"fragmentation", fragmentation, role},
		l.sizeFact("largest free", p.LargestFree),
		l.sizeFact("releasable", p.Releasable),
		l.sizeFact("release returns", p.ReleaseEstimate),
		l.sizeFact("fits now", p.FitsNow),
		l.sizeFact("fits after", p.FitsAfterRelease),
		l.sizeFact("slack", p.Slack),
		l.sizeFact("active peak", p.ActivePeak),
		l.sizeFact("pending", p.Pending),
		l.sizeFact("rounding", p.Rounding),
		l.sizeFact("parked", p.Parked),
		l.sizeFact("other", p.Other),
		l.sizeFact("unallocated", p.Unallocated),
		l.sizeFact("unbacked", p.Unbacked),
		l.sizeFact("reserved peak", p.ReservedPeak),
		{"external frag.", external, paint.Text},
		l.countFact("retries", p.AllocRetries),
		l.countFact("OOMs", p.OOMs),
	}
	if cost := wasteOfProcess(w.price, p, w.snapshot); cost.stranded.Known() || cost.slack.Known() {
		stranded, role := l.cost(cost.stranded)
		slack, role2 := l.cost(cost.slack)
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
func renderGrid(l *look, facts []fact, width, height int) []string {
	value := gridValue
	if l.unit == unitBytes {
		value += bytesExtra
	}
	columns := max(1, (width-1+gridGap)/(gridName+value+gridGap))
	var lines []string
	for start := 0; start < len(facts) && len(lines) < height; start += columns {
		line := l.line(width).PadTo(1)
		for i, f := range facts[start:min(start+columns, len(facts))] {
			if i > 0 {
				line.PadTo(line.Width() + gridGap)
			}
			l.fit(line, paint.Muted, f.name, gridName, false)
			l.fit(line, f.role, f.value, value, true)
		}
		lines = append(lines, line.String())
	}
	return lines
}
