package tui

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
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

// remarkDueMsg says that a remark may have stood for long enough.
type remarkDueMsg struct{}

// releasedMsg is the answer to a release.
type releasedMsg struct {
	request int
	report  fragcalc.ReleaseReport
}

// retriedMsg says how often allocators have retried since a release.
type retriedMsg struct {
	request int
	report  fragcalc.ReleaseReport
	retries fragcalc.Count
}

// recordedMsg is the answer to a recording.
type recordedMsg struct {
	request int
	rows    []fragcalc.Process
	err     error
}

// recordingMsg says that a recording has been under way for some time.
type recordingMsg struct {
	request int
	time    time.Duration
}

// comparedMsg is the answer to a what-if.
type comparedMsg struct {
	request    int
	comparison whatif.Comparison
	err        error
}

// diagnosedMsg says what stands in the way on a node that shows nothing.
type diagnosedMsg struct{ report wayin.Report }
