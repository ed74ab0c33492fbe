package tui

import (
	"strconv"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// status is the line for what was done or seen last. What happened to the node
// stays until the next such thing; a remark goes with the next key.
type status struct {
	happened, remark note
	event            time.Time // of the newest event shown
}

// note is a line of the status.
type note struct {
	text string
	role paint.Role
}

// now is what to show.
func (s *status) now() note {
	if s.remark.text != "" {
		return s.remark
	}
	return s.happened
}

func (s *status) say(text string)        { s.remark = note{text, paint.Text} }
func (s *status) warn(text string)       { s.remark = note{text, paint.Warn} }
func (s *status) record(text string)     { s.happened = note{text, paint.Text} }
func (s *status) recordGood(text string) { s.happened = note{text, paint.OK} }
func (s *status) recordBad(text string)  { s.happened = note{text, paint.Warn} }

// notice shows the newest event of a sample, unless it has been shown.
func (s *status) notice(snapshot *fragcalc.Snapshot) {
	if len(snapshot.Events) == 0 {
		return
	}
	newest := snapshot.Events[len(snapshot.Events)-1]
	if !newest.At.After(s.event) {
		return
	}
	s.event = newest.At
	text := newest.At.Format(time.TimeOnly) + " "
	if newest.PID != 0 {
		text += strconv.Itoa(newest.PID) + ": "
	}
	if newest.OOM != nil {
		s.recordBad(text + newest.Text)
		return
	}
	s.record(text + newest.Text)
}

// forget takes back the newest event shown: others may be newer now.
func (s *status) forget() { s.happened, s.event = note{}, time.Time{} }
