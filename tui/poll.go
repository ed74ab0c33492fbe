package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// polling is the state of the sample loop: at most one sample is under way,
// and the next is due an interval after the last one began.
type polling struct {
	poll     int // number of the newest poll
	underway bool
	again    bool          // sample once more as soon as this one is there
	waited   time.Duration // how long the screen has been waiting, from patience on
}

// poll begins a sample.
func (a *app) poll() tea.Cmd {
	p := &a.polling
	p.poll++
	p.underway, p.again, p.waited = true, false, 0
	if a.replay != nil {
		return a.replay.load(a, p.poll)
	}
	return tea.Batch(
		sampleCmd(a.ctx, a.options.Source, p.poll),
		waitingCmd(patience, 0, p.poll))
}

// pollSoon begins a sample now, or right after the one that is under way.
func (a *app) pollSoon() tea.Cmd {
	if a.polling.underway {
		a.polling.again = true
		return nil
	}
	return a.poll()
}

func (a *app) pollDue(message pollDueMsg) tea.Cmd {
	if message.poll != a.polling.poll || a.polling.underway {
		return nil
	}
	if a.replay != nil {
		if !a.replay.playing {
			return nil
		}
		a.replay.at = a.replay.due
	}
	return a.poll()
}

func (a *app) waiting(message waitingMsg) tea.Cmd {
	if message.poll != a.polling.poll || !a.polling.underway {
		return nil
	}
	a.polling.waited = message.time
	return waitingCmd(waitingTick, message.time, message.poll)
}

// take takes a sample in and sees to the next.
func (a *app) take(message snapshotMsg) tea.Cmd {
	if message.poll != a.polling.poll {
		return nil
	}
	a.polling.underway, a.polling.waited = false, 0
	if message.snapshot != nil {
		if message.jumped {
			a.jump(message.past)
		}
		a.latest = message.snapshot
		a.world.trends.Push(message.snapshot)
		a.world.counsel.recent.push(message.snapshot)
		a.log.push(message.snapshot, a.releases.tells)
		a.log.counted(a.world.trends, message.snapshot)
		a.status.notice(message.snapshot, a.releases.tells)
		if !a.paused && a.reports.open == nil {
			a.world.snapshot = message.snapshot
			a.refresh()
		}
	}
	if a.polling.again {
		return a.poll()
	}
	if a.replay != nil {
		return a.replay.shown(a)
	}
	return tea.Batch(pollDueCmd(max(a.options.Interval-message.took, 0), a.polling.poll), a.listReports(), a.askWhyEmpty())
}

// jump begins the history anew: another moment of a recording is shown.
func (a *app) jump(past []*fragcalc.Snapshot) {
	a.world.trends = newTrends()
	for _, s := range past {
		a.world.trends.Push(s)
	}
	a.status.forget()
}
