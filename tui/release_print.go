package tui

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/fanout"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// mostAsked is how many lines of a question tell of processes, so that it fits
// on a small terminal.
const mostAsked = 12

// WriteReleaseQuestion prints what a release of these processes would do to
// whom, and who is known to refuse, ending with the question: at most a line a
// process.
func WriteReleaseQuestion(w io.Writer, s *fragcalc.Snapshot, targets []fragcalc.ProcessID, refusals []fragcalc.ReleaseOutcome) {
	l := &draw.Look{Glyphs: paint.Unicode()}
	lines := refusalLines(refusals)
	for _, id := range targets {
		if slices.ContainsFunc(refusals, func(o fragcalc.ReleaseOutcome) bool { return o.Target == id }) {
			continue
		}
		rows := rowsOf(s, id)
		if len(targets) == 1 {
			for i, row := range rows {
				if i == 0 {
					fmt.Fprintf(w, "Release the cache of %d (%s, %s)?\n", row.PID, row.User, row.Command)
				}
				lines = append(lines, gpuLabel(s, row.GPUUUID)+": "+predicted(l, row))
			}
			continue
		}
		lines = append(lines, targetLine(l, s, id, rows))
	}
	if len(targets) > 1 {
		fmt.Fprintf(w, "Release the caches of %d processes?\n", len(targets))
	}
	if left := len(lines) - mostAsked; left > 1 {
		lines = append(lines[:mostAsked], "and "+strconv.Itoa(left)+" more")
	}
	for _, line := range lines {
		fmt.Fprintln(w, "  "+line)
	}
	for _, effect := range fanout.Effects(s, targets) {
		fmt.Fprintln(w, effect)
	}
	fmt.Fprint(w, "It costs a device synchronisation and slower next allocations; it helps others on the GPU,\n"+
		"not this process's own out-of-memory: PyTorch flushes its cache before it gives up.\nRelease? [y/N] ")
}

// refusalLines are one line for each reason.
func refusalLines(refusals []fragcalc.ReleaseOutcome) []string {
	who := map[string][]fragcalc.ProcessID{}
	var reasons, lines []string
	for _, r := range refusals {
		why := orElse(r.Reason, string(r.Status))
		if who[why] == nil {
			reasons = append(reasons, why)
		}
		who[why] = append(who[why], r.Target)
	}
	for _, why := range reasons {
		lines = append(lines, pidList(who[why])+" will refuse: "+why)
	}
	return lines
}

// targetLine is what is expected back from one of several, on all its GPUs.
func targetLine(l *draw.Look, s *fragcalc.Snapshot, id fragcalc.ProcessID, rows []*fragcalc.Process) string {
	line := strconv.Itoa(id.PID)
	if len(rows) > 0 {
		line += " " + rows[0].User + " " + paint.Truncate(rows[0].Command, 24, l.Glyphs.Ellipsis)
	}
	for i, row := range rows {
		sign := ", "
		if i == 0 {
			sign = ": "
		}
		line += sign + gpuLabel(s, row.GPUUUID) + " "
		if estimate, known := row.ReleaseEstimate.Get(); known {
			line += l.Prose(estimate)
		} else {
			line += "unknown"
		}
	}
	return line + " back (predicted)"
}

// WriteReleased prints the outcome of one release: a line a GPU, and one of
// what the program's own release function did. named: each line says whose it
// is, and what nobody knows of a GPU is left to the total.
func WriteReleased(w io.Writer, s *fragcalc.Snapshot, o fragcalc.ReleaseOutcome, named bool) {
	l := &draw.Look{Glyphs: paint.Unicode()}
	who := ""
	if named {
		who = strconv.Itoa(o.Target.PID) + " "
	}
	if o.Status != fragcalc.ReleaseDone {
		fmt.Fprintf(w, "%snot released: %s%s\n", who, orElse(o.Reason, string(o.Status)), waited(o, " (waited %s)"))
		return
	}
	unknown := ""
	for _, g := range o.GPUs {
		fmt.Fprintf(w, "%s%s: released %s in %d ms%s, GIL held %d ms (predicted %s)", who, gpuLabel(s, g.GPUUUID), amount(l, g.Back()),
			o.Took.Milliseconds(), waited(o, " (waited %s before)"), o.Hold.Milliseconds(), amount(l, g.Estimate))
		switch back, known := g.Back().Get(); {
		case known && back <= 0: // nothing that could have been taken
		case g.Taken.Known():
			fmt.Fprint(w, "; "+taken(l, g.Taken))
		default:
			unknown = taken(l, g.Taken)
		}
		fmt.Fprintln(w)
	}
	if unknown != "" && !named {
		fmt.Fprintln(w, unknown)
	}
	if own := o.Own; own != nil {
		fmt.Fprintf(w, "%sits own release function, %s, says that it gave back %s, in %d ms\n", who, own.Name, amount(l, own.Back), own.Took.Milliseconds())
	}
	if o.Reason != "" {
		fmt.Fprintf(w, "%s%s\n", who, o.Reason)
	}
}

// waited says how long the answer was waited for, where that is worth a word.
func waited(o fragcalc.ReleaseOutcome, words string) string {
	if o.Waited < quietWait {
		return ""
	}
	return fmt.Sprintf(words, fmt.Sprintf("%.1f s", o.Waited.Seconds()))
}

// WriteReleaseTotal prints what came of several, all together.
func WriteReleaseTotal(w io.Writer, s *fragcalc.Snapshot, r fragcalc.ReleaseReport) {
	l := &draw.Look{Glyphs: paint.Unicode()}
	for _, g := range r.GPUs {
		line := "total " + gpuLabel(s, g.GPUUUID) + ": released " + amount(l, g.Back)
		if back, known := g.Back.Get(); !known || back > 0 {
			line += "; " + taken(l, g.Taken)
		}
		fmt.Fprintln(w, line)
	}
	fmt.Fprintf(w, "total: %d of %d processes released\n", r.Done(), len(r.Outcomes))
}

// WriteRetries prints how often the allocator of a process has retried since it
// was released.
func WriteRetries(w io.Writer, o fragcalc.ReleaseOutcome, retries fragcalc.Count) {
	fmt.Fprintln(w, retriesWords(fragcalc.ReleaseReport{Outcomes: []fragcalc.ReleaseOutcome{o}}, retries))
}

func amount(l *draw.Look, b fragcalc.Bytes) string {
	if bytes, ok := b.Get(); ok {
		return l.Prose(bytes)
	}
	return "an unknown amount (" + b.Reason() + ")"
}

func taken(l *draw.Look, b fragcalc.Bytes) string {
	switch bytes, ok := b.Get(); {
	case !ok:
		return "what was taken of it meanwhile is unknown: " + b.Reason()
	case bytes == 0:
		return "nothing of it was taken meanwhile"
	default:
		return l.Prose(bytes) + " of it were taken meanwhile"
	}
}
