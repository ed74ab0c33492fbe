package tui

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// recentReports is how old a report may be to be named although it was there
// before the monitor began.
const recentReports = time.Hour

// oomReports are the reports of out-of-memory errors beside a live node, and
// the one that is shown in its place.
type oomReports struct {
	listing bool
	began   time.Time // of the first sample
	recent  []fragcalc.ReportEntry
	opening int                // number of the newest request to open one
	open    *fragcalc.Snapshot // nil: the node is shown
	from    place              // where the user was before
}

// reportsMsg is the list of reports; openedMsg is one that was asked for.
type (
	reportsMsg []fragcalc.ReportEntry
	openedMsg  struct {
		request  int
		snapshot *fragcalc.Snapshot
		err      error
	}
)

// listReports looks for reports, beside a sample.
func (a *app) listReports() tea.Cmd {
	if a.options.Reports == nil || a.reports.listing || a.replay != nil {
		return nil
	}
	if a.reports.began.IsZero() && a.latest != nil {
		a.reports.began = a.latest.At
	}
	a.reports.listing = true
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(a.ctx, sampleDeadline)
		defer cancel()
		return reportsMsg(a.options.Reports.List(ctx))
	}
}

// listed keeps the reports worth naming.
func (a *app) listed(all reportsMsg) {
	r := &a.reports
	r.listing, r.recent = false, nil
	if a.latest == nil {
		return
	}
	since := a.latest.At.Add(-recentReports)
	if r.began.Before(since) {
		since = r.began
	}
	for _, entry := range all {
		if entry.Snapshot != nil && entry.Snapshot.Report.At.After(since) {
			r.recent = append(r.recent, entry)
		}
	}
}

// line says that there are reports, and names the newest.
func (r *oomReports) line() string {
	if len(r.recent) == 0 {
		return ""
	}
	newest := r.recent[0].Snapshot
	text := draw.Plural(len(r.recent), "OOM report") + ", "
	if len(r.recent) > 1 {
		text += "the newest of "
	}
	p := &newest.Processes[0]
	return text + orElse(p.Job, "pid "+rowName(p.RowID)) + ", " + newest.Report.At.Format("15:04") + ": o opens it"
}

// askReport opens the report there is, or asks which.
func (a *app) askReport() tea.Cmd {
	switch {
	case a.options.Reports == nil:
		a.status.warn("no reports here")
		return nil
	case len(a.reports.recent) == 0:
		a.status.say("no out-of-memory report of the last hour; gpufragtop reports lists older ones")
		return nil
	case len(a.reports.recent) == 1:
		return a.openReport(a.reports.recent[0].Path)
	}
	a.dialog = newReportsPane(a.world.look, a.reports.recent)
	return nil
}

func (a *app) openReport(path string) tea.Cmd {
	a.reports.opening++
	request := a.reports.opening
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(a.ctx, sampleDeadline)
		defer cancel()
		shot, err := a.options.Reports.Open(ctx, path)
		return openedMsg{request, shot, err}
	}
}

// opened shows a report in the place of the node, which goes on being sampled.
func (a *app) opened(message openedMsg) {
	r := &a.reports
	switch {
	case message.request != r.opening:
	case message.err != nil:
		a.status.warn(message.err.Error())
	default:
		if r.open == nil {
			r.from = a.world.place
		}
		r.open, a.world.snapshot = message.snapshot, message.snapshot
		a.views.node().report.top = 0
		a.goTo(place{})
	}
}

// closeReport goes back to the node.
func (a *app) closeReport() {
	a.reports.open = nil
	if a.latest != nil {
		a.world.snapshot = a.latest
	}
	a.goTo(a.reports.from)
}

// reportsPane is the list of reports to choose from.
type reportsPane struct {
	list table.Table[fragcalc.ReportEntry, string]
}

func newReportsPane(l *draw.Look, entries []fragcalc.ReportEntry) *reportsPane {
	cell := func(i int) func(*draw.Look, *fragcalc.ReportEntry) (string, paint.Role) {
		return func(_ *draw.Look, e *fragcalc.ReportEntry) (string, paint.Role) { return reportCells(e)[i], paint.Text }
	}
	pane := &reportsPane{list: table.Table[fragcalc.ReportEntry, string]{
		Identity: func(e *fragcalc.ReportEntry) string { return e.Path },
		Columns: []table.Column[fragcalc.ReportEntry]{
			{Width: len(time.DateTime), Text: cell(0)},
			{Width: 16, Rank: 1, Text: func(_ *draw.Look, e *fragcalc.ReportEntry) (string, paint.Role) {
				p := &e.Snapshot.Processes[0]
				return orElse(p.Job, "pid "+rowName(p.RowID)), paint.Text
			}},
			{Width: 9, Rank: 2, Text: cell(5)},
			{Width: 8, Flex: true, Rank: 3, Text: cell(6)},
		},
	}}
	pane.list.Set(l, entries)
	return pane
}

func (p *reportsPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	k := a.keys
	if m, ok := k.motion(message); ok {
		p.list.Move(m)
		return nil
	}
	switch {
	case key.Matches(message, k.Enter):
		a.dialog = nil
		if chosen, ok := p.list.Current(); ok {
			return a.openReport(chosen.Path)
		}
	case key.Matches(message, k.Back, k.Reports, k.Quit):
		a.dialog = nil
	}
	return nil
}

func (p *reportsPane) content(a *app, width, height int) (string, []string) {
	height = min(height, len(p.list.Rows))
	return "Out-of-memory reports", p.list.Render(a.world.look, width, height, false)
}

// reportText is the verdict of a report and where the program was, wrapped.
func reportText(l *draw.Look, r *fragcalc.OOMReport, width int) []string {
	var lines []string
	add := func(text string, role paint.Role) {
		for _, line := range draw.Wrap(text, width-2) {
			lines = append(lines, l.Text(role, " "+line, width))
		}
	}
	for i, text := range reportLines(r) {
		role := paint.Text
		if i == 0 {
			role = paint.Warn
		}
		add(text, role)
	}
	for _, text := range stackLines(r) {
		add(strings.TrimSpace(text), paint.Muted)
	}
	return lines
}

// render is as much of the text as there is room for; the last line says how
// to read on.
func (s *scroll) render(l *draw.Look, lines []string, width, height int) []string {
	if len(lines) <= height || height < 2 {
		return s.window(lines, height)
	}
	shown := s.window(lines, height-1)
	more := " " + strconv.Itoa(s.top+1) + "-" + strconv.Itoa(s.top+s.height) + " of " + strconv.Itoa(s.lines) + " lines: j k scroll"
	return append(slices.Clip(shown), l.Text(paint.Accent, more, width))
}
