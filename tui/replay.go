package tui

import (
	"fmt"
	"strconv"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// speeds are how many times faster than it was the past can be played.
var speeds = [...]float64{0.25, 0.5, 1, 2, 5, 10, 30, 60, 300}

const normalSpeed = 2 // in speeds

const (
	// shortestStep is the least time between two samples of a replay: at high
	// speeds those between are passed over.
	shortestStep = time.Second / 10
	// longestStep is the most: a recorder that was suspended is not waited for.
	longestStep = 3 * time.Second
	// travel is how far the keys for it go.
	travel = time.Minute
)

// replay is the state of the screen over the past. It takes the place of the
// loop of samples: what is played is due when its time has come.
type replay struct {
	recording Recording
	at        int // the sample shown, or the one to be shown next
	due       int // the one that is due after it
	playing   bool
	jumped    bool // what is shown next does not follow what is shown
	speed     int  // in speeds
}

func newReplay(r Recording, start int) *replay {
	return &replay{recording: r, at: min(max(start, 0), r.Len()-1), playing: true, jumped: true, speed: normalSpeed}
}

// load begins to read the sample to be shown.
func (r *replay) load(a *app, poll int) tea.Cmd {
	jumped := r.jumped
	r.jumped = false
	return loadCmd(a.ctx, r.recording, r.at, jumped, poll)
}

// shown sees to the sample after the one that has been read.
func (r *replay) shown(a *app) tea.Cmd {
	switch {
	case !r.playing:
		return nil
	case r.at == r.recording.Len()-1:
		r.playing = false
		a.status.say("the end of the recording")
		return nil
	}
	now, speed := r.recording.Time(r.at), speeds[r.speed]
	reach := now.Add(time.Duration(speed * float64(shortestStep)))
	r.due = max(r.at+1, findSample(r.recording, reach))
	wait := time.Duration(float64(r.recording.Time(r.due).Sub(now)) / speed)
	return pollDueCmd(min(wait, longestStep), a.polling.poll)
}

// seek shows another sample.
func (r *replay) seek(a *app, to int) tea.Cmd {
	to = min(max(to, 0), r.recording.Len()-1)
	r.jumped = r.jumped || to != r.at+1
	r.at = to
	return a.pollSoon()
}

// key handles the keys of a replay.
func (r *replay) key(a *app, message tea.KeyMsg) (tea.Cmd, bool) {
	k := a.keys
	by := func(d time.Duration) tea.Cmd {
		to := findSample(r.recording, r.recording.Time(r.at).Add(d))
		if d > 0 { // also across a gap
			to = max(to, r.at+1)
		}
		return r.seek(a, to)
	}
	switch {
	case key.Matches(message, k.Play):
		return r.toggle(a), true
	case key.Matches(message, k.StepBack):
		r.playing = false
		return r.seek(a, r.at-1), true
	case key.Matches(message, k.StepForward):
		r.playing = false
		return r.seek(a, r.at+1), true
	case key.Matches(message, k.TravelBack):
		return by(-travel), true
	case key.Matches(message, k.TravelForward):
		return by(travel), true
	case key.Matches(message, k.ToBegin):
		return r.seek(a, 0), true
	case key.Matches(message, k.ToEnd):
		return r.seek(a, r.recording.Len()-1), true
	case key.Matches(message, k.Slower):
		return r.change(a, -1), true
	case key.Matches(message, k.Faster):
		return r.change(a, 1), true
	}
	return nil, false
}

// toggle plays or pauses. At the end it plays from the beginning.
func (r *replay) toggle(a *app) tea.Cmd {
	r.playing = !r.playing
	switch {
	case !r.playing:
		return nil
	case r.at == r.recording.Len()-1:
		return r.seek(a, 0)
	case a.polling.underway:
		return nil // the rest follows its answer
	}
	return r.shown(a)
}

// change plays faster or slower, from the sample shown on.
func (r *replay) change(a *app, by int) tea.Cmd {
	r.speed = min(max(r.speed+by, 0), len(speeds)-1)
	a.status.say("speed " + r.speedWords())
	if a.polling.underway {
		return nil
	}
	return r.shown(a)
}

func (r *replay) speedWords() string { return strconv.FormatFloat(speeds[r.speed], 'g', -1, 64) + "x" }

func (r *replay) state() string {
	if r.playing {
		return "playing " + r.speedWords()
	}
	return "PAUSED"
}

// line says where in the recording we are.
func (r *replay) line(l *draw.Look, s *fragcalc.Snapshot, width int) string {
	begin := r.recording.Time(0)
	whole := r.recording.Time(r.recording.Len() - 1).Sub(begin)
	passed := r.recording.Time(r.at).Sub(begin)
	text := fmt.Sprintf(" %s  %s  %s of %s  sample %d of %d", r.state(), r.recording.Time(r.at).Format(time.DateTime),
		clockTime(passed), clockTime(whole), r.at+1, r.recording.Len())
	line := l.Line(width).Text(paint.Accent, paint.Truncate(text, width, l.Glyphs.Ellipsis))
	if s != nil && line.Room() > paint.Width(s.From)+30 {
		line.Text(paint.Muted, "  "+s.From)
	}
	const brackets, least = 5, 12
	if cells := min(line.Room(), 60) - brackets; cells >= least {
		done := 0
		if whole > 0 {
			done = int(float64(cells-1) * float64(passed) / float64(whole))
		}
		line.Text(paint.Muted, "  [").Repeat(paint.Accent, '=', done).Repeat(paint.Accent, '|', 1)
		line.Repeat(paint.Muted, '-', cells-1-done).Text(paint.Muted, "]")
	}
	return line.String()
}

// clockTime is a length of time as h:mm:ss.
func clockTime(d time.Duration) string {
	seconds := int64(d / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}
