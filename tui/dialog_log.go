package tui

import (
	"strconv"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// logPane shows the event log, newest last. It follows what is added while the
// cursor is on the last entry.
type logPane struct {
	list   table.Table[logEntry, int]
	follow bool
}

func newLogPane(a *app) *logPane {
	pane := &logPane{follow: true, list: table.Table[logEntry, int]{
		Identity: func(e *logEntry) int { return e.number },
		Columns: []table.Column[logEntry]{
			{Key: "time", Width: 8, Rank: 2, Text: func(_ *draw.Look, e *logEntry) (string, paint.Role) {
				return e.at.Format(time.TimeOnly), paint.Muted
			}},
			{Key: "pid", Width: 5, Most: 8, Rank: 1, Optional: true, Text: func(_ *draw.Look, e *logEntry) (string, paint.Role) {
				if e.pid == 0 {
					return "", paint.Muted
				}
				return strconv.Itoa(e.pid), paint.Accent
			}},
			{Key: "what", Width: 8, Flex: true, Text: func(_ *draw.Look, e *logEntry) (string, paint.Role) { return e.text, e.role }},
		},
	}}
	pane.take(a)
	return pane
}

// take shows what has been added.
func (p *logPane) take(a *app) {
	p.list.Set(a.world.look, a.log.entries)
	if p.follow {
		p.list.MoveTo(len(p.list.Rows) - 1)
	}
}

func (p *logPane) key(a *app, message tea.KeyMsg) tea.Cmd {
	k := a.keys
	if m, ok := k.motion(message); ok {
		p.list.Move(m)
		p.follow = p.list.Index == len(p.list.Rows)-1
		return nil
	}
	switch {
	case key.Matches(message, k.Enter):
		return p.open(a)
	case key.Matches(message, k.Back, k.Log, k.Quit):
		a.dialog = nil
	}
	return nil
}

// open goes to what an entry is about: its report, or else its process.
func (p *logPane) open(a *app) tea.Cmd {
	e, ok := p.list.Current()
	if !ok {
		return nil
	}
	if e.report != "" && a.options.Reports != nil {
		for _, entry := range a.reports.recent {
			if entry.Name == e.report {
				a.dialog = nil
				return a.openReport(entry.Path)
			}
		}
	}
	row, ok := rowOfPID(a.world.snapshot, e.pid, e.start)
	switch {
	case e.pid == 0:
		a.status.say("this is about no process")
	case !ok:
		a.status.say(strconv.Itoa(e.pid) + " uses no GPU of this node any more")
	default:
		a.dialog = nil
		if e.moment && a.goToMoment(row, e.at) {
			return nil
		}
		a.goTo(place{level: processLevel, row: row})
	}
	return nil
}

// goToMoment shows what was in a process at a moment; false where its history
// does not reach so far back.
func (a *app) goToMoment(row fragcalc.RowID, at time.Time) bool {
	past, ok := a.views[processLevel][tabHistory].(*historyView)
	if !ok {
		return false
	}
	for window := a.world.window; ; window = window.Wider() {
		if _, in := window.Frame(past.cells, a.world.snapshot.At).Cell(at); in {
			a.world.window = window
			break
		}
		if window == history.Longest {
			return false
		}
	}
	a.goTo(place{level: processLevel, tab: tabHistory, row: row})
	past.cursor = at
	return true
}

// rowOfPID is the first row of a process, of the one that started then where that is
// known.
func rowOfPID(s *fragcalc.Snapshot, pid int, start uint64) (fragcalc.RowID, bool) {
	for i := range s.Processes {
		if id := s.Processes[i].ProcessID; id.PID == pid && (start == 0 || id.StartTicks == start) {
			return s.Processes[i].RowID, true
		}
	}
	return fragcalc.RowID{}, false
}

// leastEntries is how many are listed at least beside the selected one told whole.
const leastEntries = 3

// whole is the selected entry, below a line, where its row cuts it.
func (p *logPane) whole(l *draw.Look, width int) []string {
	const mostLines = 5
	e, ok := p.list.Current()
	if !ok || !p.list.Cut(l, width) {
		return nil
	}
	lines := []string{l.Line(width).Repeat(paint.Border, l.Glyphs.Box.Horizontal, width).String()}
	for _, part := range draw.Wrap(e.text, width-1) {
		lines = append(lines, l.Text(e.role, " "+part, width))
	}
	return lines[:min(len(lines), mostLines)]
}

// widest implements wideDialog: a line says much.
func (p *logPane) widest() int { return 150 }

func (p *logPane) content(a *app, width, height int) (string, []string) {
	p.take(a)
	l := a.world.look
	rest := p.whole(l, width)
	if len(rest)+leastEntries > height {
		rest = nil
	}
	lines := p.list.Render(l, width, height-len(rest), false)
	if len(rest) > 0 {
		lines = append(draw.Fill(lines, min(len(p.list.Rows), height-len(rest))), rest...)
	}
	title := "Done and seen" + a.world.look.Glyphs.Dot + strconv.Itoa(p.list.Index+1) + "/" + strconv.Itoa(len(p.list.Rows)) +
		a.world.look.Glyphs.Dot + a.world.look.Glyphs.Enter + " goes there, Esc closes"
	return title, lines
}
