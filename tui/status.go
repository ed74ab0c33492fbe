package tui

import (
	"slices"
	"strconv"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// remarkTime is how long a remark stands, and how long what happened is taken
// for what has just happened: later its time of day is said with it.
const remarkTime = 30 * time.Second

// status is the line for what was done or seen last. What happened to the node
// stays until the next such thing; a remark goes with the next key, or after a
// while.
type status struct {
	happened, remark note
	seen             time.Time        // when what happened was first shown
	event            time.Time        // of the newest event that was looked at
	clock            func() time.Time // nil is time.Now
	log              *eventLog        // nil in tests of the status alone
}

// note is a line of the status.
type note struct {
	text string
	role paint.Role
	at   time.Time // when it was written; zero where the text says so itself
}

func (s *status) time() time.Time {
	if s.clock == nil {
		return time.Now()
	}
	return s.clock()
}

// now is what to show.
func (s *status) now() note {
	if !s.quiet() {
		return s.remark
	}
	at, shown := s.time(), s.happened
	if !shown.at.IsZero() && at.Sub(shown.at) >= remarkTime {
		shown.text = shown.at.Format(time.TimeOnly) + " " + shown.text
	}
	return shown
}

func (s *status) say(text string)        { s.remark = note{text, paint.Text, s.time()} }
func (s *status) warn(text string)       { s.remark = note{text, paint.Warn, s.time()} }
func (s *status) record(text string)     { s.happen(note{text, paint.Text, s.time()}) }
func (s *status) recordGood(text string) { s.happen(note{text, paint.OK, s.time()}) }
func (s *status) recordBad(text string)  { s.happen(note{text, paint.Warn, s.time()}) }

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
func (s *status) see(n note) { s.happened, s.seen = n, s.time() }

// begin writes into the log that work has begun; the status line tells of it
// while it is under way, see app.doing.
func (s *status) begin(text string) {
	s.seen = time.Time{}
	s.write(note{text: text})
}

// fresh tells whether what happened has happened just now.
func (s *status) fresh() bool { return s.time().Sub(s.seen) < newsTime }

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
		n.role = paint.Warn
	}
	s.see(n)
}

// forget takes back the newest event shown: others may be newer now.
func (s *status) forget() { s.happened, s.event = note{}, time.Time{} }
