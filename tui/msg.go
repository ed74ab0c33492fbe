package tui

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// snapshotMsg is the answer to a poll.
type snapshotMsg struct {
	poll     int // which poll it answers
	snapshot *fragcalc.Snapshot
	took     time.Duration
	jumped   bool                 // a replay has jumped here:
	past     []*fragcalc.Snapshot // what was before, oldest first
}

// pollDueMsg says that it is time for the next poll, unless another one has
// been begun meanwhile.
type pollDueMsg struct{ poll int }

// waitingMsg says that a poll has been under way for some time.
type waitingMsg struct {
	poll int
	time time.Duration
}

// releasedMsg is the answer to a release.
type releasedMsg struct {
	request int
	outcome fragcalc.ReleaseOutcome
}
