package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

// rowName names a row of the process table: by its PID; by its device where
// it was read from a file, which does not tell the PID.
func rowName(row fragcalc.RowID) string {
	if row.PID == 0 {
		return row.GPUUUID
	}
	return strconv.Itoa(row.PID)
}

// processFacts says what the figures of a process mean. Facts only. Lately is
// between which values its stranded bytes have been; empty where they stood.
func processFacts(l *draw.Look, p *fragcalc.Process, lately string) []string {
	who := rowName(p.RowID) + ": "
	if p.OutOfReach {
		return []string{who + p.Hook.Reason + ".", "Only its GPU memory is known."}
	}
	if !p.Instrumented {
		return []string{who + "not instrumented, only its GPU memory is known.", l.Glyphs.Enter + " shows how to see inside."}
	}
	stranded, ok := p.Stranded.Get()
	if !ok {
		return []string{who + "stranded memory is unknown: " + p.Stranded.Reason() + "."}
	}
	var facts []string
	switch {
	case stranded > 0:
		fact := l.Prose(stranded) + " stranded"
		if lately != "" {
			fact += " (" + lately + ")"
		}
		if holes := strandedSegments(p); holes > 0 {
			fact += " in " + draw.Plural(holes, "segment")
		}
		facts = append(facts, who+fact+".")
	default:
		fact := "nothing stranded"
		if lately != "" {
			fact += " now (" + lately + ")"
		}
		facts = append(facts, who+fact+".")
	}
	if estimate, ok := p.ReleaseEstimate.Get(); ok {
		if estimate > 0 {
			facts = append(facts, "A release returns "+l.Prose(estimate)+" to others on this GPU.")
		} else {
			facts = append(facts, "A release returns nothing.")
		}
	}
	if largest, ok := p.LargestFree.Get(); ok {
		fact := "Largest free block " + l.Prose(largest)
		if fits, ok := p.FitsNow.Get(); ok {
			fact += "; " + l.Prose(fits) + " fits now"
		}
		facts = append(facts, fact+".")
	}
	if slack, ok := p.Slack.Get(); ok && slack > 0 {
		facts = append(facts, l.Prose(slack)+" never needed at once.")
	}
	if ooms, ok := p.OOMs.Get(); ok && ooms > 0 {
		facts = append(facts, draw.Plural(int(ooms), "OOM")+".")
	}
	return facts
}

// jobFacts says what the sums of a job mean.
func jobFacts(l *draw.Look, g *ranks.Group) []string {
	facts := []string{g.String() + ": " + g.Inside() + "."}
	if stranded, ok := g.Stranded.Bytes.Get(); ok {
		fact := l.Prose(stranded) + " stranded"
		if reserved, ok := g.Reserved.Bytes.Get(); ok {
			fact += " of " + l.Prose(reserved) + " reserved"
		}
		facts = append(facts, fact+".")
	}
	if g.Reserved.Unknown > 0 {
		facts = append(facts, "The sums lack "+draw.Plural(g.Reserved.Unknown, "row")+" that cannot be seen into.")
	}
	return facts
}

// strandedSegments is the number of segments with stranded bytes.
func strandedSegments(p *fragcalc.Process) int {
	segments := 0
	for i := range p.Pools {
		pool := &p.Pools[i]
		if pool.IsPrivate() {
			continue
		}
		for j := range pool.Segments {
			for state := range pool.Segments[j].States(pool.PoolID, p.Settings) {
				if state == fragcalc.StateStranded {
					segments++
					break
				}
			}
		}
	}
	return segments
}
