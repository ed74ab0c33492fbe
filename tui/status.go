package tui

import (
	"slices"
	"strconv"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Times for which the status line tells of something. The log tells of what
// happened for ever.
const (
	remarkTime = 30 * time.Second
	oomTime    = 5 * time.Minute // an out-of-memory error, on the screen of the node
)

// status is the line for what was done or seen last. What happened to the node
// stays until the next such thing; a remark goes with the next key; both go after
// a while.
type status struct {
	happened, remark note
	seen             time.Time        // when what happened was first shown
	stale            bool             // work has begun since
	event            time.Time        // of the newest event that was looked at
	clock            func() time.Time // nil is time.Now
	log              *eventLog        // nil in tests of the status alone
}

// note is a line of the status.
type note struct {
	text string
	role paint.Role
	at   time.Time // when a remark was written
	oom  bool      // it tells of an out-of-memory error
}

func (s *status) time() time.Time {
	if s.clock == nil {
		return time.Now()
	}
	return s.clock()
}

// now is what to show, on the screen of the node or on another one.
func (s *status) now(node bool) note {
	if !s.quiet() {
		return s.remark
	}
	stands := remarkTime
	if s.happened.oom && node {
		stands = oomTime
	}
	if s.time().Sub(s.seen) >= stands {
		return note{}
	}
	return s.happened
}

func (s *status) say(text string)        { s.remark = note{text: text, role: paint.Text, at: s.time()} }
func (s *status) warn(text string)       { s.remark = note{text: text, role: paint.Warn, at: s.time()} }
func (s *status) record(text string)     { s.happen(note{text: text, role: paint.Text}) }
func (s *status) recordGood(text string) { s.happen(note{text: text, role: paint.OK}) }
func (s *status) recordBad(text string)  { s.happen(note{text: text, role: paint.Warn}) }

// done and failed are say and warn of what the user did to the screen or to a
// file: it is written into the log, and stands for no longer than a remark.
func (s *status) done(text string)   { s.say(text); s.write(s.remark) }
func (s *status) failed(text string) { s.warn(text); s.write(s.remark) }

// happen shows what the user had done, and has it written into the log.
func (s *status) happen(n note) {
	s.see(n)
	s.write(n)
}

// write writes a note into the log.
func (s *status) write(n note) {
	if s.log != nil {
		s.log.add(logEntry{at: s.time(), text: n.text, role: n.role, done: true})
	}
}

// see shows what happened.
func (s *status) see(n note) { s.happened, s.seen, s.stale = n, s.time(), false }

// begin writes into the log that work has begun; the status line tells of it
// while it is under way, see app.doing.
func (s *status) begin(text string) {
	s.stale = true
	s.write(note{text: text})
}

// fresh tells whether what happened has happened just now.
func (s *status) fresh() bool { return !s.stale && s.time().Sub(s.seen) < newsTime }

// quiet tells whether the status is no answer to the last key.
func (s *status) quiet() bool {
	return s.remark.text == "" || s.time().Sub(s.remark.at) >= remarkTime
}

// notice shows the newest event of a sample, unless it has been shown. An event
// that is told of elsewhere never takes the place of anything.
func (s *status) notice(snapshot *fragcalc.Snapshot, told func(*fragcalc.Event) bool) {
	if len(snapshot.Events) == 0 {
		return
	}
	since := s.event
	for _, e := range slices.Backward(snapshot.Events) {
		if !e.At.After(since) {
			break
		}
		if !told(&e) {
			s.show(&e)
			break
		}
	}
	if newest := snapshot.Events[len(snapshot.Events)-1].At; newest.After(since) {
		s.event = newest
	}
}

func (s *status) show(e *fragcalc.Event) {
	text := e.At.Format(time.TimeOnly) + " "
	if e.PID != 0 {
		text += strconv.Itoa(e.PID) + ": "
	}
	n := note{text: text + e.Text, role: paint.Text}
	if e.OOM != nil {
		n.role, n.oom = paint.Warn, true
	}
	s.see(n)
}

// forget takes back the newest event shown: others may be newer now.
func (s *status) forget() { s.happened, s.event = note{}, time.Time{} }
