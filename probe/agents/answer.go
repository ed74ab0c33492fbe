package agents

import (
	"errors"
	"fmt"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// answer looks for the answer to a request. Before it is there, underway tells
// whether a release runs.
func (a *agent) answer(r request) (outcome fragcalc.ReleaseOutcome, underway, done bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page == nil {
		return vanished(), false, true
	}
	var b [page.AnswerSize]byte
	if _, err := a.page.ReadAt(b[:], page.AnswerOffset(r.slot)); err != nil {
		return failed(err), false, true
	}
	answer, err := page.DecodeAnswer(b[:], r.ID)
	switch {
	case errors.Is(err, page.ErrNoAnswer) && !a.stands():
		return vanished(), false, true
	case errors.Is(err, page.ErrNoAnswer):
		a.renew(now())
		h, err := a.readHeader()
		return outcome, err == nil && h.ReleaseUnderway, false
	case err != nil:
		return failed(err), false, true
	}
	return a.outcome(answer), false, true
}

func vanished() fragcalc.ReleaseOutcome {
	return fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseUnanswered, Reason: "the process ended or closed its page before it answered"}
}

func failed(err error) fragcalc.ReleaseOutcome {
	return fragcalc.ReleaseOutcome{Status: fragcalc.ReleaseFailed, Reason: "the answer makes no sense: " + err.Error()}
}

func (a *agent) outcome(answer page.Answer) fragcalc.ReleaseOutcome {
	out := fragcalc.ReleaseOutcome{Took: answer.Took, Hold: answer.Hold, Own: answer.Own}
	out.Status, out.Reason = answerStatus(answer)
	if out.Status != fragcalc.ReleaseDone {
		if out.Own != nil { // the process is not as it was
			out.Status, out.Reason = fragcalc.ReleaseFailed, "its own release function ("+out.Own.Name+") has run, but then: "+out.Reason
		}
		return out
	}
	retries := a.retriesNow()
	before, why := a.walkBefore(answer.WalkSeq)
	skipped := false
	for _, d := range answer.Devices {
		gpu := fragcalc.ReleasedGPU{
			GPUUUID: UUIDText("GPU-", d.UUID), Estimate: fragcalc.Unknown[int64](why),
			Before: fragcalc.Of(d.Before), After: fragcalc.Of(d.After), Retries: retries(d.UUID),
			Taken: fragcalc.Unknown[int64]("what the device has free was not looked at"),
		}
		if before != nil {
			gpu.Estimate = fragcalc.Unknown[int64]("the device was not in the walk before the release")
			if m := before.find(d.UUID); m != nil {
				gpu.Estimate = m.figures.ReleaseEstimate
				skipped = skipped || d.Before == d.After && hasPrivate(m.pools)
			}
		}
		out.GPUs = append(out.GPUs, gpu)
	}
	out.Reason = shortfall(out.GPUs, skipped)
	return out
}

// walkBefore is the walk taken just before the release: the newest one, or
// that in the page.
func (a *agent) walkBefore(seq uint64) (*walk, string) {
	if seq == 0 {
		return nil, "no walk was taken before the release"
	}
	if a.walk != nil && a.walk.seq == seq {
		return a.walk, ""
	}
	decoded, err := a.copyWalk(seq, mostBlocks)
	if err != nil {
		return nil, "the walk before the release could not be read: " + err.Error()
	}
	w := measure(decoded, a.counters.Settings)
	if w.cut != "" {
		return nil, w.cut
	}
	return w, ""
}

// find is the walk of the device with this UUID.
func (w *walk) find(uuid [16]byte) *measured {
	for i := range w.devices {
		if w.devices[i].UUID == uuid {
			return &w.devices[i]
		}
	}
	return nil
}

func hasPrivate(pools []fragcalc.Pool) bool {
	for i := range pools {
		if pools[i].IsPrivate() {
			return true
		}
	}
	return false
}

// shortfall names the likely cause when less came back than estimated on some
// GPU; skipped tells that nothing at all came back on one with private pools.
func shortfall(gpus []fragcalc.ReleasedGPU, skipped bool) string {
	less := int64(0)
	for _, g := range gpus {
		if estimate, ok := g.Estimate.Get(); ok {
			less = max(less, estimate-(g.Before.Or(0)-g.After.Or(0)))
		}
	}
	switch {
	case less <= 0:
		return ""
	case skipped:
		return "nothing came back: likely a MemPool context is active, during which PyTorch releases nothing"
	default:
		return "less came back than estimated: likely the program allocated meanwhile"
	}
}

// captureOrPool is what the agent says where PyTorch redirects allocations: it
// cannot tell a capture, which a release would break, from a MemPool that is
// entered, during which PyTorch releases nothing.
const captureOrPool = "a capture or a memory pool is in use"

func answerStatus(answer page.Answer) (fragcalc.ReleaseStatus, string) {
	var status fragcalc.ReleaseStatus
	var reason string
	switch answer.Status {
	case page.AnswerDone:
		return fragcalc.ReleaseDone, ""
	case page.AnswerExpired:
		status, reason = fragcalc.ReleaseExpired, "the process could not begin the release in time"
	case page.AnswerCapture:
		if answer.Text == captureOrPool {
			return fragcalc.ReleaseCapture, "a capture or a MemPool is in use: nothing would come back, or the capture would break"
		}
		status, reason = fragcalc.ReleaseCapture, "a stream capture is underway, and a release would break it"
	case page.AnswerBusy:
		status, reason = fragcalc.ReleaseBusy, "another release was underway in this process"
	case page.AnswerTooSoon:
		status, reason = fragcalc.ReleaseTooSoon, "too soon after the last release"
	case page.AnswerOff:
		status, reason = fragcalc.ReleaseOff, releaseOff
	case page.AnswerNoFramework:
		status, reason = fragcalc.ReleaseNoHook, "no framework in the process that can release its cache"
	case page.AnswerNoContext:
		status, reason = fragcalc.ReleaseNoHook, "the process has no context on any GPU: there is nothing to release"
	case page.AnswerRanks:
		status, reason = fragcalc.ReleaseRanks, ranksRefusal
	case page.AnswerError:
		status, reason = fragcalc.ReleaseFailed, "the release failed in the process"
	default:
		return fragcalc.ReleaseFailed, fmt.Sprintf("the process gave an unknown answer (%d)", answer.Status)
	}
	if answer.Text != "" {
		reason += ": " + answer.Text
	}
	return status, reason
}
