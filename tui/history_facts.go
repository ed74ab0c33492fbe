package tui

import (
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
)

// gpuFacts say what the figures of a device mean.
func gpuFacts(w *world, row *gpuRow) []string {
	l := w.look
	who := "GPU " + strconv.Itoa(row.Index) + ": "
	used, ok := row.MemoryUsed.Get()
	if !ok {
		return []string{who + "what is in use is unknown: " + row.MemoryUsed.Reason() + "."}
	}
	fact := who + l.Prose(used)
	if total, ok := row.MemoryTotal.Get(); ok {
		fact += " of " + l.Prose(total)
	}
	fact += " in use by " + processesOn(w.snapshot, row.UUID)
	if free, ok := row.MemoryFree.Get(); ok {
		fact += ", " + l.Prose(free) + " free"
	}
	facts := []string{fact + "."}
	sums := history.OfGPU(&row.GPU, w.snapshot)
	if stranded, ok := sums[history.Stranded].Get(); ok {
		fact := l.Prose(stranded) + " stranded"
		if s, ok := swingOf(w.trends.GPU(row.UUID), w.snapshot.At); ok {
			fact += " (" + s.words(l) + ")"
		}
		if releasable, ok := sums[history.Releasable].Get(); ok {
			fact += ", " + l.Prose(releasable) + " releasable"
		}
		facts = append(facts, fact+".")
	}
	return facts
}

// processesOn is how many are on a device, in words.
func processesOn(s *fragcalc.Snapshot, uuid string) string {
	n := 0
	for i := range s.Processes {
		if s.Processes[i].GPUUUID == uuid {
			n++
		}
	}
	if n == 1 {
		return "1 process"
	}
	return strconv.Itoa(n) + " processes"
}

// moreMarks names marks beside one that is told of: " (and 2 OOMs, 1 retry)";
// empty where there are none.
func moreMarks(marks []history.Mark, shown history.Mark) string {
	var counts [history.KindCount]int64
	for _, m := range marks {
		counts[m.Kind] += m.Count
	}
	counts[shown.Kind] -= shown.Count
	var parts []string
	for kind, count := range counts {
		if count > 0 {
			words := markWords(history.Kind(kind), count)
			if history.Kind(kind) == shown.Kind {
				words = strings.Replace(words, " ", " more ", 1)
			}
			parts = append(parts, words)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (and " + strings.Join(parts, ", ") + ")"
}

// summary implements view: of a device, that of the device.
func (v *historyView) summary(w *world) []string {
	if !v.device {
		return v.list.summary(w)
	}
	row, ok := v.node.gpus.Current()
	if !ok {
		return nil
	}
	return gpuFacts(w, row)
}
