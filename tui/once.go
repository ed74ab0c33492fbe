package tui

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// OnceOptions say how a snapshot is printed as text.
type OnceOptions struct {
	Width int  // cells a line; 0 = as many as the lines need
	ASCII bool // nothing but ASCII, as far as names allow
	// GPUHourPrice and ExpandableSaves are those of Options.
	GPUHourPrice    float64
	ExpandableSaves func(*fragcalc.Process) fragcalc.Bytes
	// Rows are those of the whole node, for jobs, where the snapshot has some of
	// them only. nil: it has all.
	Rows []fragcalc.Process
}

// unlimited is a width at which nothing is cut.
const unlimited = 4096

// WriteOnce prints the node as plain text: figures in columns, no bars, no
// signs that only make sense as a picture, no escape sequences.
func WriteOnce(w io.Writer, s *fragcalc.Snapshot, o OnceOptions) error {
	l := &draw.Look{Glyphs: paint.Unicode(), Paths: o.Width <= 0}
	if o.ASCII {
		l.Glyphs = paint.ASCII()
	}
	width := o.Width
	if width <= 0 {
		width = unlimited
	}
	out := bufio.NewWriter(w)
	for _, line := range onceLines(l, s, width, o) {
		out.WriteString(strings.TrimRight(line, " ")) // bufio keeps the first error
		out.WriteByte('\n')
	}
	return out.Flush()
}

func onceLines(l *draw.Look, s *fragcalc.Snapshot, width int, o OnceOptions) []string {
	cut := func(text string) string { return paint.Truncate(text, width, l.Glyphs.Ellipsis) }
	lines := []string{cut(onceTitle(l, s)), ""}
	if s.Report != nil {
		lines = append(lines, onceReport(l, s.Report, width)...)
	}
	gpus := table.Table[gpuRow, string]{Columns: withoutPictures(gpuColumns()), Marking: table.MarkNothing,
		Identity: func(r *gpuRow) string { return r.UUID }}
	index := make(map[string]string, len(s.GPUs))
	var devices []gpuRow
	for _, gpu := range s.GPUs {
		devices = append(devices, newGPURow(gpu, s, o.GPUHourPrice))
		index[gpu.UUID] = strconv.Itoa(gpu.Index)
	}
	gpus.Set(l, devices)
	if len(devices) > 0 {
		lines = append(append(lines, gpus.Render(l, width, len(devices)+1, true)...), "")
	} else {
		lines = append(lines, cut(" No GPU: "+reasonWithoutGPU(s)), "")
	}
	processes := table.Table[processRow, fragcalc.RowID]{Columns: withoutPictures(processColumns()), Marking: table.MarkNothing, Barred: isBarred,
		Identity: func(r *processRow) fragcalc.RowID { return r.RowID }}
	var rows []processRow
	for i := range s.Processes {
		process := &s.Processes[i]
		rows = append(rows, processRow{Process: process, gpu: orElse(index[process.GPUUUID], "?"),
			waste: wasteOfProcess(o.GPUHourPrice, process, s)})
	}
	processes.Set(l, rows)
	if len(rows) > 0 {
		lines = append(lines, processes.Render(l, width, len(rows)+1, true)...)
	} else {
		lines = append(lines, cut(" No process to show."))
	}
	lines = append(lines, onceJobs(l, s, width, o)...)
	lines = append(lines, onceAdvice(l, s, width, o)...)
	if len(s.Faults) > 0 {
		lines = append(lines, "")
	}
	for i := range s.Faults {
		lines = append(lines, cut(" ! "+faultWords(s, &s.Faults[i])))
	}
	return lines
}

// onceJobs are the jobs of several ranks, wrapped where the width is limited.
func onceJobs(l *draw.Look, s *fragcalc.Snapshot, width int, o OnceOptions) []string {
	rows := o.Rows
	if rows == nil {
		rows = s.Processes
	}
	groups := ranks.Groups(rows)
	var lines []string
	for i := range groups {
		g := &groups[i]
		shown := func(p fragcalc.Process) bool { id, ok := ranks.Of(&p); return ok && id == g.ID }
		if !g.Many() || !slices.ContainsFunc(s.Processes, shown) {
			continue
		}
		text := jobWords(g)
		for _, sum := range []struct {
			word string
			ranks.Sum
		}{{"reserved", g.Reserved}, {"used", g.Used}, {"stranded", g.Stranded}} {
			if bytes, ok := sum.Bytes.Get(); ok {
				text += "; " + sum.word + " " + l.Prose(bytes)
			}
		}
		for j, part := range draw.Wrap(text, width-4) {
			start := "   "
			if j == 0 {
				start = " "
			}
			lines = append(lines, paint.Truncate(start+part, width, l.Glyphs.Ellipsis))
		}
	}
	if len(lines) > 0 {
		lines = append([]string{""}, lines...)
	}
	return lines
}

// onceReport is what there is to say about an out-of-memory error, wrapped
// where the width is limited.
func onceReport(l *draw.Look, r *fragcalc.OOMReport, width int) []string {
	var lines []string
	for _, text := range reportLines(r) {
		for _, line := range draw.Wrap(text, width-2) {
			lines = append(lines, paint.Truncate(" "+line, width, l.Glyphs.Ellipsis))
		}
	}
	lines = append(lines, "")
	for _, text := range stackLines(r) {
		lines = append(lines, paint.Truncate(" "+text, width, l.Glyphs.Ellipsis))
	}
	if len(r.Stack) > 0 {
		lines = append(lines, "")
	}
	return lines
}

// onceFew is how many rows there may be for all advice about each to be
// printed; of more rows only the worthiest is.
const onceFew = 2

// onceAdvice is the advice, wrapped where the width is limited.
func onceAdvice(l *draw.Look, s *fragcalc.Snapshot, width int, o OnceOptions) []string {
	w := &world{look: l, snapshot: s, counsel: &counsel{recent: newRecent(), saves: o.ExpandableSaves}}
	var lines []string
	for i := range s.Processes {
		p := &s.Processes[i]
		said := w.advice(p)
		if len(s.Processes) > onceFew {
			said = said[:min(len(said), 1)]
		}
		for _, a := range said {
			for j, text := range draw.Wrap(strconv.Itoa(p.PID)+": "+a.Text, width-4) {
				start := "   "
				if j == 0 {
					start = l.Glyphs.Crumb
				}
				lines = append(lines, paint.Truncate(start+text, width, l.Glyphs.Ellipsis))
			}
		}
	}
	if len(lines) > 0 {
		lines = append([]string{""}, lines...)
	}
	return lines
}

func onceTitle(l *draw.Look, s *fragcalc.Snapshot) string {
	parts := []string{" gpufragtop", orElse(s.From, s.Host)}
	if s.Demo {
		parts = append(parts, "DEMO")
	}
	if s.Driver != "" {
		parts = append(parts, "driver "+s.Driver)
	}
	if s.CUDA != "" {
		parts = append(parts, "CUDA "+s.CUDA)
	}
	return strings.Join(append(parts, s.At.Format(time.DateTime)), l.Glyphs.Dot)
}

// withoutPictures leaves out the columns that a reader cannot read out loud.
func withoutPictures[R any](columns []table.Column[R]) []table.Column[R] {
	var kept []table.Column[R]
	for _, c := range columns {
		if !c.Picture {
			kept = append(kept, c)
		}
	}
	return kept
}
