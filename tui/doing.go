package tui

import (
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// newsTime is how long what has just happened is shown before work that is under
// way is told of again.
const newsTime = 5 * time.Second

// doingDueMsg has the screen drawn anew while work is under way: its time runs.
type doingDueMsg struct{}

func doingDueCmd() tea.Cmd {
	return tea.Tick(waitingTick, func(time.Time) tea.Msg { return doingDueMsg{} })
}

// work has the time of work that a command does told each second.
func (a *app) work(does tea.Cmd) tea.Cmd {
	if a.ticking {
		return does
	}
	a.ticking = true
	return tea.Batch(does, doingDueCmd())
}

// doingDue goes on as long as anything is under way.
func (a *app) doingDue() tea.Cmd {
	a.ticking = a.releases.underway || a.attaches.underway || a.whatIfs.underway
	if !a.ticking {
		return nil
	}
	return doingDueCmd()
}

// doing is the work under way that no pane tells of; empty when there is none.
func (a *app) doing() string {
	var parts []string
	for _, part := range [...]string{a.releases.doing(a), a.attaches.doing(a)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, a.world.look.Glyphs.Dot)
}

// elapsed is for how long something has been under way, in words that go behind
// others; empty within the first second.
func (a *app) elapsed(since time.Time) string {
	seconds := int(a.status.time().Sub(since) / time.Second)
	if seconds < 1 {
		return ""
	}
	return " " + strconv.Itoa(seconds) + " s"
}

// note is what the status line says: an answer to the last key, what has just
// happened, what is being done, or what was done last.
func (a *app) note() note {
	if doing := a.doing(); doing != "" && a.status.quiet() && !a.status.fresh() {
		return note{text: doing}
	}
	return a.status.now(a.world.place.level == nodeLevel)
}
