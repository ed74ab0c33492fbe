package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

// Deadlines of what the screen asks for. A source that does not keep them
// costs no more than its own figures: the screen goes on without it.
const (
	sampleDeadline  = 5 * time.Second
	retriesDeadline = 5 * time.Second
	patience        = 2 * time.Second // before the screen says that it waits
	waitingTick     = time.Second
	recordingTick   = time.Second
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

// remarkDueCmd has the screen drawn now and then where no sample does it.
func remarkDueCmd() tea.Cmd {
	return tea.Tick(remarkTime/3, func(time.Time) tea.Msg { return remarkDueMsg{} })
}

// retriesCmd asks, some time after a release, how often the allocators have
// retried since.
func retriesCmd(ctx context.Context, releaser Releaser, report fragcalc.ReleaseReport, request int) tea.Cmd {
	return tea.Tick(fragcalc.RetriesWatched, func(time.Time) tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, retriesDeadline)
		defer cancel()
		return retriedMsg{request, report, retriesOf(ctx, releaser, report)}
	})
}

// retriesOf are those of all processes that have released, together.
func retriesOf(ctx context.Context, releaser Releaser, report fragcalc.ReleaseReport) fragcalc.Count {
	total := int64(0)
	for _, outcome := range report.Outcomes {
		if outcome.Status != fragcalc.ReleaseDone {
			continue
		}
		retries := releaser.Retries(ctx, outcome)
		n, ok := retries.Get()
		if !ok {
			return retries
		}
		total += n
	}
	return fragcalc.Of(total)
}

// recordCmd records a process's history. The recorder bounds its time.
func recordCmd(ctx context.Context, recorder Recorder, o fragcalc.RecordRequest, request int) tea.Cmd {
	return func() tea.Msg {
		rows, err := recorder.Record(ctx, o)
		return recordedMsg{request, rows, err}
	}
}

// recordingCmd reminds of a recording that is under way.
func recordingCmd(so time.Duration, request int) tea.Cmd {
	return tea.Tick(recordingTick, func(time.Time) tea.Msg { return recordingMsg{request, so + recordingTick} })
}

// diagnoseCmd asks what stands in the way.
func diagnoseCmd(ctx context.Context, doctor Doctor) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, sampleDeadline)
		defer cancel()
		return diagnosedMsg{doctor.Diagnose(ctx)}
	}
}

// compareCmd replays a row's trace, which takes a while for a long one.
func compareCmd(row fragcalc.Process, request int) tea.Cmd {
	return func() tea.Msg {
		comparison, err := whatif.Compare(&row, whatif.Usual(row.Settings.Text), whatif.OwnTotal(&row))
		return comparedMsg{request, comparison, err}
	}
}
