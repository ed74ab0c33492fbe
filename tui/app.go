package tui

import (
	"context"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/advice"
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

// app is the program's one tea.Model. It routes messages to the views and
// panes, and holds what they share.
type app struct {
	ctx        context.Context // ends with the program
	options    Options
	keys       *keyMap
	world      world
	views      views
	dialog     dialog // drawn over the view and given all keys, if any
	filter     filterPane
	polling    polling
	replay     *replay // nil for a live node
	releases   releases
	attaches   attaches
	whatIfs    whatIfs
	empty      emptiness
	reports    oomReports
	taping     taping
	trail      []step
	fitSize    string // asked for last, as it was written
	status     status
	ticking    bool // the time of work under way is told each second
	log        eventLog
	summary    []string           // facts about the selection
	advice     []advice.Advice    // about the selection
	wordy      bool               // what is told of the selection needed more lines when last drawn
	latest     *fragcalc.Snapshot // newest; differs from the world's while paused
	paused     bool
	width      int
	height     int
	themeAsked int
	version    int       // counts refreshes and moves
	under      drawnBody // the view as it was drawn last
	seen       string    // the screen as it was last drawn
}

// Init takes the first sample.
func (a *app) Init() tea.Cmd {
	if a.replay != nil { // it may stand still
		return tea.Batch(a.poll(), remarkDueCmd())
	}
	return a.poll()
}

// Update routes one message.
func (a *app) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch message := message.(type) {
	case tea.WindowSizeMsg:
		a.width, a.height = message.Width, message.Height
	case tea.KeyMsg:
		return a, a.typed(message)
	case tea.ResumeMsg:
		return a, a.pollSoon()
	case snapshotMsg:
		return a, tea.Batch(a.take(message), a.tapeSample())
	case pollDueMsg:
		return a, a.pollDue(message)
	case waitingMsg:
		return a, a.waiting(message)
	case doingDueMsg:
		return a, a.doingDue()
	case outcomeMsg:
		return a, a.outcome(message)
	case releasedMsg:
		return a, a.released(message)
	case signalledMsg:
		return a, a.signalled(message)
	case plannedMsg:
		a.planned(message)
	case attachedMsg:
		return a, a.attached(message)
	case remarkDueMsg:
		return a, remarkDueCmd()
	case retriedMsg:
		a.retried(message)
	case recordedMsg:
		return a, a.recorded(message)
	case recordingMsg:
		return a, a.recording(message)
	case comparedMsg:
		a.compared(message)
	case diagnosedMsg:
		a.diagnosed(message)
	case reportsMsg:
		a.listed(message)
	case tapeStartedMsg:
		return a, a.tapeStarted(message)
	case tapeAddedMsg:
		return a, a.tapeAdded(message)
	case tapeStoppedMsg:
		a.tapeStopped(message)
	case savedMsg:
		a.saved(message)
	case themesMsg:
		a.themed(message)
	case keptMsg:
		a.kept(message)
	case openedMsg:
		a.opened(message)
	}
	return a, nil
}

// typed takes keys in. What is typed fast, or held down over a slow line, comes
// from Bubble Tea as one message of several letters. None of them answers a
// question that another one opened: they may be text that was pasted.
func (a *app) typed(message tea.KeyMsg) tea.Cmd {
	if message.Type != tea.KeyRunes || message.Paste || len(message.Runes) < 2 {
		return a.key(message)
	}
	var commands []tea.Cmd
	asked := a.Asking()
	for _, letter := range message.Runes {
		if a.Asking() && !asked {
			break
		}
		commands = append(commands, a.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{letter}, Alt: message.Alt}))
	}
	return tea.Batch(commands...)
}

// key routes a key: to the dialog, the filter's line or the view. What is
// pasted is text, never a command.
func (a *app) key(message tea.KeyMsg) tea.Cmd {
	a.status.remark = note{}
	switch {
	case message.String() == "ctrl+c":
		return tea.Quit
	case a.filter.editing:
		return a.editFilter(message)
	case message.Paste && !a.writing():
		return nil
	case message.String() == "f12": // is never text
		return a.saveScreen()
	case a.dialog != nil:
		return a.dialog.key(a, message)
	case a.world.snapshot == nil:
		return a.globalKey(message)
	}
	if a.replay != nil {
		if command, ok := a.replay.key(a, message); ok {
			return command
		}
	}
	if command, ok := a.view().key(a, message); ok {
		return command
	}
	if m, ok := a.keys.motion(message); ok {
		a.view().move(&a.world, m)
		a.settle()
		return nil
	}
	if a.tabTyped(message) || a.findTyped(message) {
		return nil
	}
	if command, ok := a.viewKey(message); ok {
		return command
	}
	return a.globalKey(message)
}

func (a *app) view() view { return a.views.at(a.world.place) }

// viewKey handles the keys that act on what is shown.
func (a *app) viewKey(message tea.KeyMsg) (tea.Cmd, bool) {
	k := a.keys
	switch {
	case key.Matches(message, k.Enter):
		a.down()
	case key.Matches(message, k.Back):
		a.up(message)
	case key.Matches(message, k.Mark):
		a.setMark()
	case key.Matches(message, k.Release):
		a.askRelease(false)
	case key.Matches(message, k.ReleaseAll):
		a.askRelease(true)
	case key.Matches(message, k.Signal):
		a.askSignal()
	case key.Matches(message, k.Attach):
		return a.askAttach(), true
	case key.Matches(message, k.Copy):
		return a.copyPart(), true
	case key.Matches(message, k.Fit):
		a.askFit()
	case key.Matches(message, k.WhatIf):
		return a.askWhatIf(), true
	case key.Matches(message, k.Reports):
		return a.askReport(), true
	default:
		return nil, false
	}
	return nil, true
}

// globalKey handles the keys that work everywhere.
func (a *app) globalKey(message tea.KeyMsg) tea.Cmd {
	k := a.keys
	switch {
	case key.Matches(message, k.Quit):
		return tea.Quit
	case key.Matches(message, k.Log):
		a.dialog = newLogPane(a)
	case key.Matches(message, k.Help):
		a.dialog = &helpPane{}
	case key.Matches(message, k.Pause):
		a.pause()
	case key.Matches(message, k.Units):
		a.world.look.Unit = (a.world.look.Unit + 1) % draw.UnitCount
		a.status.say("sizes in " + a.world.look.Unit.String())
		a.refresh()
	case key.Matches(message, k.Tape):
		return a.askTape()
	case key.Matches(message, k.Save):
		return a.saveChoices()
	case key.Matches(message, k.Theme):
		return a.askTheme()
	case key.Matches(message, k.SaveScreen):
		return a.saveScreen()
	case key.Matches(message, k.Redraw):
		return tea.ClearScreen
	case key.Matches(message, k.Suspend):
		return a.suspend()
	}
	return nil
}

// down goes one level down.
func (a *app) down() {
	next, ok := a.view().down(&a.world)
	switch {
	case !ok:
	case next.tab != a.world.place.tab:
		a.leap(next)
	default:
		a.goTo(next)
	}
}

// up goes back to where one came from: where that was no list, to that, else to the
// list, and from there one level up, never out of the program; Esc ends the list's
// filter first.
func (a *app) up(message tea.KeyMsg) {
	switch {
	case message.String() == "esc" && a.clearFilter():
	case a.stepBack():
	case a.world.place.tab != tabList:
		a.goToTab(tabList)
	case a.world.place.level > nodeLevel:
		next := a.world.place
		next.level--
		if p, ok := a.world.process(next.row); ok && next.level == processLevel && !p.Instrumented {
			next.level = nodeLevel
		}
		a.goTo(next)
	case a.reports.open != nil:
		a.closeReport()
	}
}

// goTo shows another place.
func (a *app) goTo(next place) {
	deeper := next.level > a.world.place.level
	a.world.place = next
	a.forgetTrail()
	if view, ok := a.view().(entered); ok && deeper {
		view.enter()
	}
	a.refresh()
}

// refresh shows what has changed in the world.
func (a *app) refresh() {
	if a.world.snapshot == nil {
		return
	}
	a.world.walks.push(a.world.snapshot)
	a.view().refresh(&a.world)
	a.settle()
}

// settle renews what depends on the selection.
func (a *app) settle() {
	a.version++
	if a.world.snapshot != nil {
		a.summary = a.view().summary(&a.world)
		a.advice = a.topAdvice()
	}
}

// pause freezes the screen, or lets it go on with the newest sample.
func (a *app) pause() {
	if a.reports.open != nil {
		a.status.say("a report stands still: Esc goes back to the node")
		return
	}
	a.paused = !a.paused
	if !a.paused && a.latest != nil {
		a.world.snapshot = a.latest
		a.refresh()
	}
}
