package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Deadlines of what the screen asks for. A source that does not keep them
// costs no more than its own figures: the screen goes on without it.
const (
	sampleDeadline  = 5 * time.Second
	releaseDeadline = 15 * time.Second
	patience        = 2 * time.Second // before the screen says that it waits
	waitingTick     = time.Second
)

// sampleCmd takes one sample.
func sampleCmd(ctx context.Context, source Source, poll int) tea.Cmd {
	return func() tea.Msg {
		begun := time.Now()
		ctx, cancel := context.WithTimeout(ctx, sampleDeadline)
		defer cancel()
		snapshot := source.Sample(ctx)
		return snapshotMsg{poll: poll, snapshot: snapshot, took: time.Since(begun)}
	}
}

// pollDueCmd waits until the next poll is due.
func pollDueCmd(wait time.Duration, poll int) tea.Cmd {
	return tea.Tick(wait, func(time.Time) tea.Msg { return pollDueMsg{poll} })
}

// waitingCmd reminds of a poll that may still be under way.
func waitingCmd(after time.Duration, so time.Duration, poll int) tea.Cmd {
	return tea.Tick(after, func(time.Time) tea.Msg { return waitingMsg{poll, so + after} })
}

// releaseCmd asks for a release.
func releaseCmd(ctx context.Context, releaser Releaser, target fragcalc.ProcessID, request int) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, releaseDeadline)
		defer cancel()
		return releasedMsg{request, releaser.Release(ctx, fragcalc.ReleaseRequest{Target: target})}
	}
}
