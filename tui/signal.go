package tui

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// signalledMsg says what came of signals that were sent.
type signalledMsg struct {
	signal fragcalc.Signal
	sent   []fragcalc.ProcessID
	errs   []error
}

// askSignal opens the menu of signals, or says why there is nobody to send one
// to.
func (a *app) askSignal() {
	targets := a.signalTargets()
	switch why := a.whyNotSignal(); {
	case len(targets) == 0:
	case why != "":
		a.status.warn("no signal is sent: " + why)
	case len(a.taggedChoice()) == 0 && a.unchosen():
	default:
		a.dialog = newSignalPane(a.world.look, targets)
	}
}

// signalTargets are the processes that are tagged, else the selected one, or all
// of the selected job.
func (a *app) signalTargets() []fragcalc.ProcessID {
	if tagged := a.taggedChoice(); len(tagged) > 0 {
		return tagged[0].Targets
	}
	if job, ok := a.jobChoice(); ok {
		return job.Targets
	}
	if p, ok := a.selected(); ok {
		return []fragcalc.ProcessID{p.ProcessID}
	}
	return nil
}

// whyNotSignal is the reason why nothing can be signalled, if there is one.
func (a *app) whyNotSignal() string {
	switch {
	case a.world.snapshot.From != "" || a.replay != nil:
		return "this was read from a file"
	case a.options.Readonly:
		return "this monitor is read-only (--readonly)"
	case a.options.Signaller == nil:
		return "there are no such processes here"
	}
	return ""
}

// signal sends a signal that has been confirmed, to one process after the other.
func (a *app) signal(signal fragcalc.Signal, targets []fragcalc.ProcessID) tea.Cmd {
	ctx, signaller := a.ctx, a.options.Signaller
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, sampleDeadline)
		defer cancel()
		message := signalledMsg{signal: signal}
		for _, target := range targets {
			if err := signaller.Signal(ctx, target, signal); err != nil {
				message.errs = append(message.errs, err)
				continue
			}
			message.sent = append(message.sent, target)
		}
		return message
	}
}

// signalled says what came of it, and looks at once.
func (a *app) signalled(message signalledMsg) tea.Cmd {
	var parts []string
	if len(message.sent) > 0 {
		parts = append(parts, "SIG"+string(message.signal)+" sent to "+pidList(message.sent))
	}
	if len(message.errs) > 0 {
		parts = append(parts, "not sent: "+strings.ReplaceAll(errors.Join(message.errs...).Error(), "\n", "; "))
	}
	text := strings.Join(parts, a.world.look.Glyphs.Dot)
	if len(message.errs) > 0 {
		a.status.recordBad(text)
	} else {
		a.status.recordGood(text)
	}
	return a.pollSoon()
}

// ranksBeside is how many processes of the targets' jobs are not among them:
// what a signal does to those comes back on them.
func (a *app) ranksBeside(targets []fragcalc.ProcessID) int {
	beside := map[fragcalc.ProcessID]bool{}
	for _, g := range a.world.groups() {
		if !g.Many() {
			continue
		}
		hit := false
		for _, m := range g.Members {
			hit = hit || slices.Contains(targets, a.world.snapshot.Processes[m.Rows[0]].ProcessID)
		}
		if !hit {
			continue
		}
		for _, m := range g.Members {
			if id := a.world.snapshot.Processes[m.Rows[0]].ProcessID; !slices.Contains(targets, id) {
				beside[id] = true
			}
		}
	}
	return len(beside)
}

// signalRanks says what a signal does to the other ranks.
func signalRanks(choice fragcalc.SignalChoice, beside int) string {
	who := "The other " + strconv.Itoa(beside) + " ranks of its job here"
	if beside == 1 {
		who = "The other rank of its job here"
	}
	switch {
	case choice.Ends:
		return who + " will fail or hang with it: collective calls wait for every rank."
	case choice.Signal == "STOP":
		return who + " will stand still at the next collective call, and may time out."
	}
	return ""
}
