package tui

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/price"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// waste is what memory that serves nobody costs an hour. The two overlap and are
// never added up.
type waste struct {
	stranded, slack fragcalc.Known[float64]
}

func wasteOfGPU(perGPUHour float64, gpu *fragcalc.GPU, processes []fragcalc.Process) waste {
	stranded, slack := price.OnGPU(gpu.UUID, processes)
	return waste{price.Waste(perGPUHour, stranded, gpu.MemoryTotal), price.Waste(perGPUHour, slack, gpu.MemoryTotal)}
}

func wasteOfProcess(perGPUHour float64, p *fragcalc.Process, s *fragcalc.Snapshot) waste {
	total := fragcalc.Unknown[int64]("the GPU is unknown")
	for i := range s.GPUs {
		if s.GPUs[i].UUID == p.GPUUUID {
			total = s.GPUs[i].MemoryTotal
		}
	}
	return waste{price.Waste(perGPUHour, p.Stranded, total), price.Waste(perGPUHour, p.Slack, total)}
}

// costText is a table cell for a cost that may be unknown.
func costText(l *draw.Look, c fragcalc.Known[float64]) (string, paint.Role) {
	if n, ok := c.Get(); ok {
		return price.Words(n), paint.Text
	}
	return l.Glyphs.Dash, paint.Muted
}

// costColumn is a column for a cost an hour, left out while none is known.
func costColumn[R any](title, key, help string, rank int, cost func(*R) fragcalc.Known[float64]) table.Column[R] {
	return table.Column[R]{Title: title, Key: key, Help: help, Width: len(title), Most: 9, Rank: rank, Right: true, Optional: true,
		Text: func(l *draw.Look, r *R) (string, paint.Role) { return costText(l, cost(r)) }}
}

// facts are the facts about a process, with what it wastes where a price is
// given.
func (w *world) facts(p *fragcalc.Process) []string {
	lately := ""
	if s, ok := w.swing(p.RowID); ok {
		lately = s.words(w.look)
	}
	facts := processFacts(w.look, p, lately)
	cost := wasteOfProcess(w.price, p, w.snapshot)
	stranded, ok := cost.stranded.Get()
	if !ok {
		return facts
	}
	fact := "Stranded costs " + price.Words(stranded) + " an hour"
	if slack, ok := cost.slack.Get(); ok {
		fact += ", slack " + price.Words(slack) + " (they overlap)"
	}
	return append(facts[:1:1], append([]string{fact + "."}, facts[1:]...)...)
}
