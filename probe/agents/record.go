package agents

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	// recordWait is how long a request may wait to be begun.
	recordWait = 10 * time.Second
	// deliveryWait is how long the trace is waited for once the time is over:
	// the program may hold its lock, and a million events take a second.
	deliveryWait = 30 * time.Second
	// recordGlance is the time between two looks at an agent that records.
	recordGlance = 20 * time.Millisecond
)

// RecordOutcome is what came of a RecordRequest. Only with the status
// fragcalc.RecordDone there are devices.
type RecordOutcome struct {
	Target  fragcalc.ProcessID
	Status  fragcalc.RecordStatus
	Reason  string // one line for people; empty when done
	Devices []Recorded
	OwnRing bool          // the program records history itself: this is its ring, left as it was
	Took    time.Duration // how long history was on for it; 0 with OwnRing
	Hold    time.Duration // how long the program's Python lock was held to deliver it

	Settings  fragcalc.AllocatorSettings
	Framework fragcalc.Framework
}

// Recorded is what happened on one device, and what there was at the end of it.
type Recorded struct {
	UUID     [16]byte // of the GPU or MIG instance; zero when the process could not read it
	Ordinal  int      // in the process; for messages only
	Trace    fragcalc.Trace
	Pools    []fragcalc.Pool // measured, of the moment at which the trace ends
	Figures  fragcalc.Figures
	Counters fragcalc.Counters
	TakenAt  time.Time
}

// Record asks a process for the history of its allocators and waits for it, at
// most ten seconds for the recording to begin. When ctx ends before it is there
// the recording is ended, too.
func (w *Watcher) Record(ctx context.Context, r fragcalc.RecordRequest) RecordOutcome {
	a, why := w.reach(ctx, r.Target, "record")
	if why.yes() {
		return notRecorded(r.Target, why)
	}
	record := page.Record{
		For:    max(0, min(r.For, fragcalc.LongestRecording)),
		Events: max(1, min(r.MaxEvents, fragcalc.MostRecordedEvents)),
	}
	asked, why := a.request(ctx, page.Request{Record: &record}, recordWait, recordRefusal)
	if why.yes() {
		return notRecorded(r.Target, why)
	}
	defer a.takeBack(asked)
	answer, why := a.awaitRecord(ctx, asked)
	if !why.yes() {
		why = recordAnswer(answer)
	}
	if why.yes() {
		return notRecorded(r.Target, why)
	}
	trace, err := w.opener.fetch(a.id, asked.ID)
	if err != nil {
		return notRecorded(r.Target, refused{fragcalc.ReleaseFailed, "the trace could not be read: " + err.Error()})
	}
	out := a.recorded(trace)
	out.Target, out.Hold = r.Target, answer.Hold
	return out
}

func notRecorded(target fragcalc.ProcessID, why refused) RecordOutcome {
	return RecordOutcome{Target: target, Status: fragcalc.RecordStatus(why.status), Reason: why.reason}
}

// recordRefusal says why a request would be refused anyway. An agent that has
// told nothing yet is asked: it checks all this itself.
func recordRefusal(h page.Header, at page.Instant) refused {
	switch {
	case h.CountersSeq == 0:
		return refused{}
	case !h.Capabilities.Has(page.CapFramework):
		return refused{fragcalc.ReleaseNoHook, "no framework in the process whose allocator could be recorded"}
	case !h.Capabilities.Has(page.CapRelease):
		return refused{fragcalc.ReleaseOff, recordOff}
	case !h.Capabilities.Has(page.CapRecord):
		return refused{fragcalc.ReleaseStatus(fragcalc.RecordUnsupported), "the shim in the process is older than this gpufragtop and records nothing: start the process anew"}
	case h.RecordingUntil != 0:
		return refused{fragcalc.ReleaseBusy, "its history is being recorded for another monitor, for another " + seconds(h.RecordingUntil.Since(at))}
	default:
		return refused{}
	}
}

// recordOff says why a process is not changed at all, and what did it.
const recordOff = "switching its history on would change the process, which was started with run --watch-only or GPUFRAGTOP_ALLOW_RELEASE=0"

// awaitRecord waits for the answer, and keeps the lease meanwhile.
func (a *agent) awaitRecord(ctx context.Context, r request) (page.Answer, refused) {
	limit := r.Deadline
	for late := false; ; {
		answer, begun, why := a.lookForRecord(r)
		if why.yes() || answer.Status != page.AnswerNone {
			return answer, why
		}
		if begun != 0 {
			// A process may claim anything; what was asked for bounds the wait.
			limit = min(begun, r.Deadline.Add(r.Record.For)).Add(deliveryWait)
			late = late && (now() > limit || ctx.Err() != nil)
		}
		if !late {
			// Once more when it is late: it may have begun just before.
			late = now() > limit || !sleep(ctx, recordGlance)
			continue
		}
		switch {
		case begun != 0 && ctx.Err() != nil:
			return answer, refused{fragcalc.ReleaseUnanswered, "the recording was ended before its time: no trace was made"}
		case begun != 0:
			return answer, refused{fragcalc.ReleaseUnanswered, "the process did not deliver the trace: " + a.whyLate("delivery")}
		default:
			return answer, refused{fragcalc.ReleaseExpired, a.whyLate("recording") + "; the request was taken back"}
		}
	}
}

// lookForRecord looks for the answer. Before it is there, begun is when the
// recording will be over; 0 = it has not begun.
func (a *agent) lookForRecord(r request) (answer page.Answer, begun page.Instant, why refused) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page == nil {
		return answer, 0, endedBefore
	}
	var b [page.AnswerSize]byte
	if _, err := a.page.ReadAt(b[:], page.AnswerOffset(r.slot)); err != nil {
		return answer, 0, refused{fragcalc.ReleaseFailed, "cannot read the page: " + err.Error()}
	}
	answer, err := page.DecodeAnswer(b[:], r.ID)
	switch {
	case errors.Is(err, page.ErrNoAnswer) && !a.stands():
		return answer, 0, endedBefore
	case errors.Is(err, page.ErrNoAnswer):
		a.renew(now())
		if h, err := a.readHeader(); err == nil {
			begun = h.RecordingUntil
		}
		return page.Answer{}, begun, refused{}
	case err != nil:
		return page.Answer{}, 0, refused{fragcalc.ReleaseFailed, "the answer makes no sense: " + err.Error()}
	case answer.Status == page.AnswerNone:
		return answer, 0, refused{fragcalc.ReleaseFailed, "the answer makes no sense: it says nothing"}
	}
	return answer, 0, refused{}
}

var endedBefore = refused{fragcalc.ReleaseUnanswered, "the process ended or closed its page before it delivered the trace"}

// recordAnswer says why the agent delivers no trace.
func recordAnswer(answer page.Answer) refused {
	var why refused
	switch answer.Status {
	case page.AnswerDone:
		return refused{}
	case page.AnswerExpired:
		why = refused{fragcalc.ReleaseExpired, "the process could not begin the recording in time"}
	case page.AnswerBusy:
		why = refused{fragcalc.ReleaseBusy, "its history is being recorded for another monitor"}
	case page.AnswerOff:
		why = refused{fragcalc.ReleaseOff, recordOff}
	case page.AnswerNoFramework:
		why = refused{fragcalc.ReleaseNoHook, "no framework in the process whose allocator could be recorded"}
	case page.AnswerNoContext:
		why = refused{fragcalc.ReleaseNoHook, "the process has no context on any GPU: there is nothing to record"}
	case page.AnswerUnsupported:
		why = refused{fragcalc.ReleaseStatus(fragcalc.RecordUnsupported), "its history cannot be recorded"}
	case page.AnswerLost:
		why = refused{fragcalc.ReleaseStatus(fragcalc.RecordLost), "the program switched its history off meanwhile, and with it went the trace"}
	case page.AnswerError:
		why = refused{fragcalc.ReleaseFailed, "the recording failed in the process"}
	default:
		return refused{fragcalc.ReleaseFailed, fmt.Sprintf("the process gave an unknown answer (%d)", answer.Status)}
	}
	if answer.Text != "" {
		why.reason += ": " + answer.Text
	}
	return why
}
