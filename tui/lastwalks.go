package tui

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/change"
)

// moment is a row as it was seen at a time; nil where it was not there.
type moment struct {
	at      time.Time
	process *fragcalc.Process
}

// lastWalks remember the walk before the newest one, of every row that is shown.
// They hold on to two walks of each process.
type lastWalks struct {
	newest *fragcalc.Snapshot
	rows   map[fragcalc.RowID]*walkPair
}

type walkPair struct {
	now    moment
	seen   time.Time // when the walk of now was seen first
	before moment
	// changed is what of its memory is in another state since; found when it is
	// asked for first.
	changed []change.Range
	looked  bool
}

// push takes in what is shown, and forgets rows that are gone. When time goes
// back, as it may in a replay, all that was before is forgotten. What is of a
// report is of another node, as it were.
func (l *lastWalks) push(s *fragcalc.Snapshot) {
	if s == l.newest || s.Report != nil {
		return
	}
	if l.rows == nil || l.newest != nil && s.At.Before(l.newest.At) {
		l.rows = make(map[fragcalc.RowID]*walkPair, len(s.Processes))
	}
	l.newest = s
	for i := range s.Processes {
		p := &s.Processes[i]
		pair := l.rows[p.RowID]
		switch {
		case pair == nil:
			pair = &walkPair{seen: s.At}
			l.rows[p.RowID] = pair
		case isOneWalk(pair.now.process, p, s.At.Sub(pair.now.at)):
		case toldNothing(pair.now.process, p):
			*pair = walkPair{before: moment{pair.seen, p}, seen: s.At}
		default:
			last := *pair.now.process // a pointer into its snapshot would keep all of that
			*pair = walkPair{before: moment{pair.seen, &last}, seen: s.At}
		}
		pair.now = moment{s.At, p}
	}
	if len(l.rows) > len(s.Processes) {
		for id, pair := range l.rows {
			if !pair.now.at.Equal(s.At) {
				delete(l.rows, id)
			}
		}
	}
}

// toldNothing tells whether two samples of a row that was walked in neither
// differ in nothing that could be compared: one then stands for both.
func toldNothing(was, is *fragcalc.Process) bool {
	return was.Pools == nil && is.Pools == nil && was.GPUMemory == is.GPUMemory && was.Figures == is.Figures &&
		was.AllocRetries == is.AllocRetries && was.OOMs == is.OOMs
}

// before is the walk of a row before the one shown.
func (l *lastWalks) before(id fragcalc.RowID) (moment, bool) {
	pair := l.rows[id]
	if pair == nil {
		return moment{}, false
	}
	return pair.before, pair.before.process != nil
}

// changed is the memory of a row that is in another state than at the walk
// before, and when that was; nothing where nothing is.
func (l *lastWalks) changed(id fragcalc.RowID) ([]change.Range, time.Time) {
	pair := l.rows[id]
	if pair == nil || pair.before.process == nil {
		return nil, time.Time{}
	}
	if !pair.looked {
		pair.changed, pair.looked = change.Changed(pair.before.process, pair.now.process), true
	}
	if len(pair.changed) == 0 {
		return nil, time.Time{}
	}
	return pair.changed, pair.before.at
}

// isOneWalk tells whether two samples of a row, so long apart, show the same
// walk. A live one is shared; one that was read from a recording is known by its
// age and its figures.
func isOneWalk(was, is *fragcalc.Process, apart time.Duration) bool {
	if len(was.Pools) > 0 && len(is.Pools) > 0 && &was.Pools[0] == &is.Pools[0] {
		return true
	}
	const jitter = 50 * time.Millisecond
	before, known := was.SnapshotAge.Get()
	now, known2 := is.SnapshotAge.Get()
	return known && known2 && apart >= 0 && now >= before && (now-before-apart).Abs() < jitter && was.Used == is.Used && was.Stranded == is.Stranded
}
