package tui

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/history"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// untoldOOM is for how long an out-of-memory error that a counter shows may still
// be told of by an event, which says more.
const untoldOOM = 10 * time.Second

// counted adds what only the counters of processes tell of: retries, and
// out-of-memory errors that no event came for. What was before a process was
// seen first is not told.
func (l *eventLog) counted(seen *trends, s *fragcalc.Snapshot) {
	if s.Report != nil {
		return
	}
	last := l.marked
	l.marked = make(map[fragcalc.RowID]markedUntil, len(s.Processes))
	frame := trendWindow.Frame(finest, s.At)
	for i := range s.Processes {
		p := &s.Processes[i]
		until, known := last[p.RowID]
		if !known {
			until = markedUntil{oom: s.At, retry: s.At}
		}
		delete(last, p.RowID)
		l.marked[p.RowID] = l.mark(p.RowID, until, seen.Marks(p.RowID, frame), s.At.Add(-untoldOOM))
	}
	for id, until := range last { // no event will come of those that have gone
		l.mark(id, until, seen.Marks(id, frame), s.At)
	}
}

// markedUntil is up to when the marks of a row are in the log.
type markedUntil struct{ oom, retry time.Time }

// mark adds those of a row's marks that are not in the log yet; out-of-memory
// errors up to a moment only.
func (l *eventLog) mark(id fragcalc.RowID, until markedUntil, marks []history.Mark, settled time.Time) markedUntil {
	for _, m := range marks {
		entry := logEntry{at: m.At, pid: id.PID, start: id.StartTicks, moment: true}
		switch {
		case m.Kind == history.Retry && m.At.After(until.retry):
			until.retry = m.At
			entry.text = markWords(m.Kind, m.Count) + " on " + l.device(id.GPUUUID) + ": the allocator found no room and emptied its cache"
		case m.Kind == history.OOM && m.At.After(until.oom) && !m.At.After(settled):
			until.oom = m.At
			if m.Text != "" {
				continue // its event is in the log
			}
			entry.text = markWords(m.Kind, m.Count) + " on " + l.device(id.GPUUUID) + ": an allocation was refused, as its counter says"
			entry.role = paint.Warn
		default:
			continue
		}
		l.add(entry)
	}
	return until
}

// forget takes back what is marked after a moment.
func (u markedUntil) forget(after time.Time) markedUntil {
	for _, at := range [...]*time.Time{&u.oom, &u.retry} {
		if at.After(after) {
			*at = after
		}
	}
	return u
}
