package whatif

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// WriteText writes the comparison for people: the answers, best first, the line
// to export, and what was assumed.
func (c *Comparison) WriteText(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s · %s · %d events, %d allocations\n", c.Name, c.GPUUUID, c.Events, c.Report.Allocations)
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "PEAK RESERVED\tSAVES\tRESERVED\tUSED PEAK\tSTRANDED\tLARGEST FREE\tSEGMENTS\tALLOCS\tFREES\tRETRIES\tOOM\t\n")
	recorded := &c.Answers[0]
	ranked := c.Ranked()
	for i := range ranked {
		a := &ranked[i]
		oom := "no"
		if a.OOMEvent >= 0 {
			oom = fmt.Sprint("event ", a.OOMEvent)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\t  %s\n",
			size(a.Reserved.Peak), saved(recorded, a), size(a.Reserved.Current), size(a.Allocated.Peak), size(a.Stranded),
			size(a.LargestFree), a.SegmentCount, a.DeviceAllocs, a.DeviceFrees, a.Retries, oom, c.Label(a))
	}
	_ = table.Flush() // into memory
	for i := range ranked {
		if ranked[i].OOM != nil {
			fmt.Fprintf(&b, "%s ends at event %d: %v\n", c.Label(&ranked[i]), ranked[i].OOMEvent, ranked[i].OOM)
		}
	}
	b.WriteString(c.verdict())
	for _, line := range c.Assumptions() {
		fmt.Fprintf(&b, "assumed: %s\n", line)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// Label names an answer: its settings, and what was recorded in words.
func (c *Comparison) Label(a *Answer) string {
	if a.Settings != "recorded" {
		return a.Settings
	}
	if c.Recorded == "" {
		return "recorded (the defaults)"
	}
	return "recorded (" + c.Recorded + ")"
}

// verdict is the line to export, if any setting is better than the recorded one.
func (c *Comparison) verdict() string {
	if len(c.Answers) == 1 {
		return ""
	}
	best, better := c.Best()
	if !better {
		return "None of these is better than the recorded settings.\n"
	}
	text := fmt.Sprintf("Best: %s\n", best.Export())
	peak := c.Answers[0].Reserved.Peak
	if saves := peak - best.Reserved.Peak; saves > 0 {
		text += fmt.Sprintf("      saves %s of %s at the peak\n", size(saves), size(peak))
	}
	return text
}

// Assumptions says in words what the answers rest on.
func (c *Comparison) Assumptions() []string {
	lines := []string{"the same requests in the same order, after a restart; a program that adapts to its memory would do otherwise"}
	if c.Total > 0 {
		lines = append(lines, fmt.Sprintf("a device with %s for this allocator", size(c.Total)))
	} else {
		lines = append(lines, "a device without bound (whatif --total gives it one)")
	}
	r := &c.Report
	switch {
	case r.Exact == r.Allocations && r.Final:
		lines = append(lines, fmt.Sprintf("sure: the model hands out all %d recorded addresses and ends with the recorded blocks", r.Allocations))
	case r.Allocations > 0:
		lines = append(lines, fmt.Sprintf("less sure: the model hands out %d of %d recorded addresses, all up to event %d", r.Exact, r.Allocations, r.FirstMiss))
	}
	if r.Older > 0 {
		lines = append(lines, fmt.Sprintf("the trace has no beginning: %d blocks are older, and where they lay was reconstructed", r.Older))
	}
	return lines
}

func saved(recorded, a *Answer) string {
	switch d := recorded.Reserved.Peak - a.Reserved.Peak; {
	case a.Settings == "recorded":
		return ""
	case a.OOM != nil:
		return "–"
	case d < 0:
		return "-" + size(-d)
	default:
		return size(d)
	}
}

func size(bytes int64) string { return units.Bytes(bytes) }
