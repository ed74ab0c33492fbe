package tui

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// setMark marks the moment that is shown: the change tab compares with it. There
// is one mark. It keeps its whole snapshot, which is what it costs: as much as
// what is shown, some 32 bytes a block.
func (a *app) setMark() {
	s := a.world.snapshot
	if s.Report != nil {
		a.status.warn("a report is one moment only: there is nothing to compare it with")
		return
	}
	a.world.mark = s
	a.status.done("marked " + s.At.Format(time.TimeOnly) + ": " + a.keys.Tabs[tabChange].Help().Key + " shows the difference since")
	a.refresh()
}

// interval is two moments of a row, in the order of time.
type interval struct {
	before, after moment
	marked        bool // one of them is the mark; else it is the walk before the one shown
	back          bool // the one that is shown is the earlier one: a replay went back behind the mark
}

// interval is what the change tab compares of a row: the mark and what is shown,
// or without a mark the last two walks.
func (w *world) interval(id fragcalc.RowID) (interval, bool) {
	shown := moment{w.snapshot.At, rowIn(w.snapshot, id)}
	if w.mark == nil {
		before, ok := w.walks.before(id)
		return interval{before: before, after: shown}, ok && shown.process != nil
	}
	marked := moment{w.mark.At, rowIn(w.mark, id)}
	if marked.at.After(shown.at) {
		return interval{before: shown, after: marked, marked: true, back: true}, true
	}
	return interval{before: marked, after: shown, marked: true}, true
}

// shown is the row as it is on the screen.
func (i *interval) shown() *fragcalc.Process {
	if i.back {
		return i.before.process
	}
	return i.after.process
}

// sides are both looks at the row; one at which it was not there held nothing.
func (i *interval) sides() (before, after *fragcalc.Process) {
	before, after = i.before.process, i.after.process
	switch {
	case before == nil && after != nil:
		before = holdingNothing(after)
	case after == nil && before != nil:
		after = holdingNothing(before)
		after.AllocRetries, after.OOMs = fragcalc.Unknown[int64]("it is gone"), fragcalc.Unknown[int64]("it is gone")
	}
	return before, after
}

func holdingNothing(p *fragcalc.Process) *fragcalc.Process {
	zero := fragcalc.Of[int64](0)
	none := &fragcalc.Process{RowID: p.RowID, Settings: p.Settings, GPUMemory: zero, AllocRetries: zero, OOMs: zero}
	none.Figures = fragcalc.UnknownFigures("it was not there")
	if p.Reserved.Known() {
		none.Pools, none.Figures = []fragcalc.Pool{}, fragcalc.Measure(nil, p.Settings)
	}
	return none
}

// rowIn finds a row of a snapshot; nil where it is not there.
func rowIn(s *fragcalc.Snapshot, id fragcalc.RowID) *fragcalc.Process {
	for i := range s.Processes {
		if s.Processes[i].RowID == id {
			return &s.Processes[i]
		}
	}
	return nil
}

// words say what is compared: "from 12:04:31 (mark) to 12:06:36 (shown), 2 min".
func (i *interval) words() string {
	first, second := " (mark)", " (shown)"
	switch {
	case !i.marked:
		first = " (the walk before)"
	case i.back:
		first, second = second, first
	}
	return "from " + i.before.at.Format(time.TimeOnly) + first + " to " + i.after.at.Format(time.TimeOnly) + second
}
