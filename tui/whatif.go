package tui

import (
	"context"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// recordFor is how long the screen has a process's history recorded.
const recordFor = 10 * time.Second

// whatIfs is the state of the what-if key: one at a time.
type whatIfs struct {
	request   int // number of the newest
	underway  bool
	row       fragcalc.RowID     // that it is about
	withdraw  context.CancelFunc // of the recording, while there is one
	withdrawn bool
}

// askWhatIf begins a what-if of the selected process: at once where its history
// is known, else with the question whether to record it. Or it says why not.
func (a *app) askWhatIf() tea.Cmd {
	p, ok := a.selected()
	if !ok {
		return nil
	}
	if reason := a.whyNotWhatIf(p); reason != "" {
		a.status.warn(rowName(p.RowID) + ": no what-if: " + reason)
		return nil
	}
	if p.Trace == nil {
		a.dialog = &recordPane{target: p.RowID}
		return nil
	}
	a.beginWhatIf(p.RowID)
	return a.compare(*p)
}

// canWhatIf tells whether the what-if key is worth naming.
func (a *app) canWhatIf() bool {
	p, ok := a.selected()
	return ok && a.whyNotWhatIf(p) == ""
}

// whyNotWhatIf is the reason why there is no what-if of a process, if there is
// one.
func (a *app) whyNotWhatIf(p *fragcalc.Process) string {
	switch {
	case a.whatIfs.withdrawn && a.whatIfs.underway:
		return "the recording of " + strconv.Itoa(a.whatIfs.row.PID) + " is being cancelled"
	case a.whatIfs.underway:
		return "another what-if is under way, and can be cancelled no more"
	case p.Trace != nil:
		return ""
	case a.world.snapshot.From != "":
		return "no history was recorded in it"
	case a.options.Readonly:
		return "this monitor is read-only (--readonly)"
	case a.options.Recorder == nil:
		return "what is shown here cannot be recorded"
	case p.OutOfReach:
		return p.Hook.Reason
	case !p.Instrumented:
		return "not instrumented; " + a.world.look.Glyphs.Enter + " shows how to start it so that it can be"
	}
	return ""
}

func (a *app) beginWhatIf(row fragcalc.RowID) {
	a.whatIfs = whatIfs{request: a.whatIfs.request + 1, underway: true, row: row}
}

// recordRequest is what the screen asks of a process.
func recordRequest(target fragcalc.ProcessID) fragcalc.RecordRequest {
	return fragcalc.RecordRequest{Target: target, For: recordFor, MaxEvents: fragcalc.DefaultRecordedEvents}
}

// record begins a recording that has been confirmed.
func (a *app) record(row fragcalc.RowID) tea.Cmd {
	a.beginWhatIf(row)
	ctx, withdraw := context.WithCancel(a.ctx)
	a.whatIfs.withdraw = withdraw
	a.dialog = &whatIfWaitPane{recording: true}
	request := a.whatIfs.request
	return tea.Batch(recordCmd(ctx, a.options.Recorder, recordRequest(row.ProcessID), request), recordingCmd(0, request))
}

// recording counts the seconds of a recording.
func (a *app) recording(message recordingMsg) tea.Cmd {
	pane, ok := a.dialog.(*whatIfWaitPane)
	if !ok || message.request != a.whatIfs.request || !pane.recording {
		return nil
	}
	pane.elapsed = message.time
	return recordingCmd(message.time, message.request)
}

// recorded takes what was recorded, and begins to compute.
func (a *app) recorded(message recordedMsg) tea.Cmd {
	w := &a.whatIfs
	if message.request != w.request || w.withdraw == nil {
		return nil
	}
	w.withdraw()
	w.withdraw = nil
	who := strconv.Itoa(w.row.PID) + ": "
	row := rowOfGPU(message.rows, w.row.GPUUUID)
	switch {
	case w.withdrawn:
		a.endWhatIf()
		a.status.record(who + "its recording was cancelled: no history is kept")
	case message.err != nil:
		a.endWhatIf()
		a.status.recordBad(who + "not recorded: " + message.err.Error())
	case row == nil:
		a.endWhatIf()
		a.status.recordBad(who + "not recorded: the process has no memory on a GPU")
	default:
		return a.compare(*row)
	}
	return nil
}

// rowOfGPU is the row of a GPU, else the one with the longest trace; nil when
// none has a trace.
func rowOfGPU(rows []fragcalc.Process, uuid string) *fragcalc.Process {
	var best *fragcalc.Process
	for i := range rows {
		row := &rows[i]
		switch {
		case row.Trace == nil:
		case row.GPUUUID == uuid:
			return row
		case best == nil || len(row.Trace.Events) > len(best.Trace.Events):
			best = row
		}
	}
	return best
}

// compare computes the answers from a row with a trace.
func (a *app) compare(row fragcalc.Process) tea.Cmd {
	a.whatIfs.row = row.RowID
	a.dialog = &whatIfWaitPane{events: len(row.Trace.Events), begun: a.status.time()}
	return a.work(compareCmd(row, a.whatIfs.request))
}

// compared shows the answers, unless nobody waits for them any more.
func (a *app) compared(message comparedMsg) {
	if message.request != a.whatIfs.request {
		return
	}
	_, waiting := a.dialog.(*whatIfWaitPane)
	a.endWhatIf()
	switch {
	case message.err != nil:
		a.status.recordBad(rowName(a.whatIfs.row) + ": no what-if: " + message.err.Error())
	case waiting:
		a.dialog = newWhatIfPane(a.latest, a.whatIfs.row, message.comparison)
	}
}

// endWhatIf closes the pane that waits, if it is still there.
func (a *app) endWhatIf() {
	a.whatIfs.underway = false
	if _, waiting := a.dialog.(*whatIfWaitPane); waiting {
		a.dialog = nil
	}
}

// cancelWhatIf withdraws a recording, or waits no longer for the answers.
func (a *app) cancelWhatIf() {
	a.dialog = nil
	if w := &a.whatIfs; w.withdraw != nil {
		w.withdrawn = true
		w.withdraw()
		a.status.record(strconv.Itoa(w.row.PID) + ": cancelling its recording " + a.world.look.Glyphs.Ellipsis)
	}
}
