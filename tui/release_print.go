package tui

import (
	"fmt"
	"io"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/fanout"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// WriteReleaseQuestion prints what a release of these processes would do to
// whom, ending with the question.
func WriteReleaseQuestion(w io.Writer, s *fragcalc.Snapshot, targets []fragcalc.ProcessID) {
	l := &look{glyphs: paint.Unicode()}
	for _, id := range targets {
		for i, row := range rowsOf(s, id) {
			if i == 0 {
				fmt.Fprintf(w, "Release the cache of %d (%s, %s)?\n", row.PID, row.User, row.Command)
			}
			fmt.Fprintf(w, "  %s: %s\n", gpuLabel(s, row.GPUUUID), predicted(l, row))
		}
	}
	for _, effect := range fanout.Effects(s, targets) {
		fmt.Fprintln(w, effect)
	}
	fmt.Fprint(w, "It costs a device synchronisation and slower next allocations; it helps others on the GPU,\n"+
		"not this process's own out-of-memory: PyTorch flushes its cache before it gives up.\nRelease? [y/N] ")
}

// WriteReleased prints the outcome of one release: a line a GPU, and one of
// what the program's own release function did. named: each line says whose it is.
func WriteReleased(w io.Writer, o fragcalc.ReleaseOutcome, named bool) {
	l := &look{glyphs: paint.Unicode()}
	who := ""
	if named {
		who = strconv.Itoa(o.Target.PID) + " "
	}
	if o.Status != fragcalc.ReleaseDone {
		fmt.Fprintf(w, "%snot released: %s\n", who, orElse(o.Reason, string(o.Status)))
		return
	}
	for _, g := range o.GPUs {
		fmt.Fprintf(w, "%s%s: released %s in %d ms, GIL held %d ms (predicted %s); %s\n", who, g.GPUUUID, amount(l, g.Back()),
			o.Took.Milliseconds(), o.Hold.Milliseconds(), amount(l, g.Estimate), taken(l, g.Taken))
	}
	if own := o.Own; own != nil {
		fmt.Fprintf(w, "%sits own release function, %s, says that it gave back %s, in %d ms\n", who, own.Name, amount(l, own.Back), own.Took.Milliseconds())
	}
	if o.Reason != "" {
		fmt.Fprintf(w, "%s%s\n", who, o.Reason)
	}
}

// WriteReleaseTotal prints what came of several, all together.
func WriteReleaseTotal(w io.Writer, r fragcalc.ReleaseReport) {
	l := &look{glyphs: paint.Unicode()}
	for _, g := range r.GPUs {
		fmt.Fprintf(w, "total %s: released %s; %s\n", g.GPUUUID, amount(l, g.Back), taken(l, g.Taken))
	}
	fmt.Fprintf(w, "total: %d of %d processes released\n", r.Done(), len(r.Outcomes))
}

// WriteRetries prints how often the allocator of a process has retried since it
// was released.
func WriteRetries(w io.Writer, o fragcalc.ReleaseOutcome, retries fragcalc.Count) {
	fmt.Fprintln(w, retriesWords(fragcalc.ReleaseReport{Outcomes: []fragcalc.ReleaseOutcome{o}}, retries))
}

func amount(l *look, b fragcalc.Bytes) string {
	if bytes, ok := b.Get(); ok {
		return l.prose(bytes)
	}
	return "an unknown amount (" + b.Reason() + ")"
}

func taken(l *look, b fragcalc.Bytes) string {
	switch bytes, ok := b.Get(); {
	case !ok:
		return "what was taken of it meanwhile is unknown: " + b.Reason()
	case bytes == 0:
		return "nothing of it was taken meanwhile"
	default:
		return l.prose(bytes) + " of it were taken meanwhile"
	}
}
