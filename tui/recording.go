package tui

import (
	"context"
	"sort"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Recording is the past of a node, in the place of a Source. Its samples are
// counted from 0; there is at least one. Its methods may be called side by
// side, and always return a snapshot: its faults say what cannot be read.
type Recording interface {
	Len() int
	// Time is when a sample was taken. It never falls, and costs nothing.
	Time(i int) time.Time
	Sample(ctx context.Context, i int) *fragcalc.Snapshot
	// Figures is Sample without segments and blocks, for histories.
	Figures(ctx context.Context, i int) *fragcalc.Snapshot
}

// findSample is the last sample that is not after a time, or the first.
func findSample(r Recording, at time.Time) int {
	return max(0, sort.Search(r.Len(), func(i int) bool { return r.Time(i).After(at) })-1)
}

// pastParts are the samples that a history is made from after a jump: so many,
// evenly spread, of the time from one moment before it to another. Those nearer
// lie closer, as every window needs; what is between two of them is held.
var pastParts = [...]struct {
	from, to time.Duration
	samples  int
}{
	{time.Hour, 10 * time.Minute, 40},
	{10 * time.Minute, time.Minute, 30},
	{time.Minute, 0, 15},
}

// loadCmd reads a sample. After a jump it brings the past of the sample, from
// which trends are made.
func loadCmd(ctx context.Context, r Recording, at int, jumped bool, poll int) tea.Cmd {
	return func() tea.Msg {
		message := snapshotMsg{poll: poll, jumped: jumped}
		if jumped {
			for _, i := range pastOf(r, at) {
				message.past = append(message.past, r.Figures(ctx, i))
			}
		}
		message.snapshot = r.Sample(ctx, at)
		return message
	}
}

// pastOf picks samples of the hour in front of one, oldest first.
func pastOf(r Recording, at int) []int {
	var picked []int
	now := r.Time(at)
	pick := func(from, to time.Duration, parts int) {
		for part := range parts {
			ago := from - (from-to)*time.Duration(part)/time.Duration(parts)
			i := findSample(r, now.Add(-ago))
			if i >= at || r.Time(i).After(now.Add(-ago)) { // the recording began later
				continue
			}
			if len(picked) == 0 || picked[len(picked)-1] < i {
				picked = append(picked, i)
			}
		}
	}
	for _, part := range pastParts {
		pick(part.from, part.to, part.samples)
	}
	return picked
}
