package tui

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/explain"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// reportCells are a report in the cells of a table.
func reportCells(e *fragcalc.ReportEntry) []string {
	if e.Snapshot == nil {
		return []string{"-", "-", "-", "-", "-", "-", e.Reason, "-", e.Name}
	}
	s, r := e.Snapshot, e.Snapshot.Report
	p := &s.Processes[0]
	asked := "-"
	if n, known := r.Asked.Get(); known {
		asked = units.Bytes(n)
	}
	gpu := "-"
	if r.Ordinal >= 0 {
		gpu = strconv.Itoa(r.Ordinal)
	}
	return []string{
		r.At.Format(time.DateTime), orElse(s.Host, "-"), strconv.Itoa(p.PID), orElse(p.Job, "-"), gpu, asked,
		explain.Verdict(r.Verdict).Words(), orElse(paint.Truncate(commandLine(&draw.Look{}, p), commandCells, "..."), "-"), e.Name,
	}
}

// commandCells is the most that a list of reports shows of a command line.
const commandCells = 40

var reportHeads = []string{"TIME", "HOST", "PID", "JOB", "GPU", "ASKED", "VERDICT", "COMMAND", "FILE"}

// reportTable is a table of reports, its head first, one line each.
func reportTable(entries []fragcalc.ReportEntry) []string {
	rows := [][]string{reportHeads}
	for i := range entries {
		rows = append(rows, reportCells(&entries[i]))
	}
	widths := make([]int, len(reportHeads))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], paint.Width(cell))
		}
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		var line strings.Builder
		for j, cell := range row {
			line.WriteString(cell)
			if j < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[j]-paint.Width(cell)+2))
			}
		}
		lines[i] = line.String()
	}
	return lines
}

// mostSkipped is how many of the files that are skipped are named.
const mostSkipped = 3

// WriteSkippedReports says which files of the folder of reports are none that
// can be shown, and why: those that the list holds as damaged, and those that
// are called reports and have a name that no agent gives. Nothing is said where
// there are none.
func WriteSkippedReports(w io.Writer, entries []fragcalc.ReportEntry, skipped []string) {
	damaged := 0
	why := ""
	for i := range entries {
		if entries[i].Snapshot == nil {
			if damaged++; why == "" {
				why = entries[i].Name + " " + entries[i].Reason
			}
		}
	}
	if damaged > 0 {
		fmt.Fprintf(w, "gpufragtop: reports: %s cannot be read: %s\n", draw.Plural(damaged, "file"), why)
	}
	if len(skipped) > 0 {
		names := strings.Join(skipped[:min(mostSkipped, len(skipped))], ", ")
		if len(skipped) > mostSkipped {
			names += ", …"
		}
		fmt.Fprintf(w, "gpufragtop: reports: %s skipped, with a name that no report is given (oom-TIME-PID.report): %s\n", draw.Plural(len(skipped), "file"), names)
	}
}

// WriteReports prints a list of reports as text, and what to do with them;
// where there is none, where they would be and how they come about.
func WriteReports(w io.Writer, folder string, entries []fragcalc.ReportEntry) error {
	out := bufio.NewWriter(w)
	lines := []string{
		"No out-of-memory report in " + folder + ".",
		"A program that was started with gpufragtop run -- COMMAND leaves one there when an allocation",
		"is refused; GPUFRAGTOP_REPORTS=0 switches them off, GPUFRAGTOP_REPORT_DIR names another folder.",
	}
	if len(entries) > 0 {
		lines = append(reportTable(entries), "", "In "+folder+". gpufragtop open FILE shows one.")
	}
	for _, line := range lines {
		out.WriteString(line) // bufio keeps the first error
		out.WriteByte('\n')
	}
	return out.Flush()
}

// reportLines are the verdict of a report, and the stack of the error: what
// stands above everything else in it.
func reportLines(r *fragcalc.OOMReport) []string {
	lines := []string{"Out of memory: " + explain.Verdict(r.Verdict).Words()}
	if len(r.Stack) > 0 && !r.OtherThread {
		lines[0] += ", at " + r.Stack[0]
	}
	lines = append(lines, r.Lines...)
	if r.NoMap != "" {
		lines = append(lines, "No block map: "+r.NoMap+".")
	}
	return lines
}

// stackLines are where the program was.
func stackLines(r *fragcalc.OOMReport) []string {
	if len(r.Stack) == 0 {
		return nil
	}
	head := "Stack, innermost first:"
	if r.OtherThread {
		head = "Stack of the main thread, which waited for the one that allocated; innermost first:"
	}
	return append([]string{head}, r.Stack...)
}
