package agents

import (
	"fmt"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// walkReason says why the agent takes no walks, in words for people; empty
// when it does.
func walkReason(h page.Header) string {
	switch h.WalkStatus {
	case page.WalkOK, page.WalkCut:
		return ""
	case page.WalkNone:
		return "no walk over the blocks yet"
	case page.WalkHistoryOn:
		if h.RecordingUntil != 0 {
			return "no walks while the allocator's history is being recorded for a monitor"
		}
		return "history on: the program records memory history, and a walk would copy all of it"
	case page.WalkOverBudget:
		if hold, ok := h.ExpectedHold.Get(); ok {
			return fmt.Sprintf("over budget: a walk is expected to hold the program for %s, the limit is %s", milliseconds(hold), milliseconds(h.MaxHold))
		}
		return fmt.Sprintf("over budget: a walk is expected to hold the program for longer than %s", milliseconds(h.MaxHold))
	case page.WalkNoFramework:
		return "no framework in the process that the agent can ask"
	case page.WalkNotReady:
		return "the framework has not used CUDA yet"
	case page.WalkUnsupported:
		return "the allocator in use has no block map"
	case page.WalkError:
		if h.LastError != "" {
			return "the walk failed: " + h.LastError
		}
		return "the walk failed"
	case page.WalkGILBusy:
		return "waiting for the program's Python lock (GIL)"
	default:
		return fmt.Sprintf("the agent gives an unknown reason (%d)", h.WalkStatus)
	}
}

// refusesWalks tells whether asking again soon would not help.
func refusesWalks(s page.WalkStatus) bool {
	switch s {
	case page.WalkHistoryOn, page.WalkOverBudget, page.WalkNoFramework, page.WalkNotReady, page.WalkUnsupported, page.WalkError:
		return true
	default:
		return false
	}
}

// hook says whether a release can be asked for, as far as the page tells; pid is
// the process as this monitor numbers it.
func hook(h page.Header, pid int) fragcalc.ReleaseHook {
	if h.CountersSeq == 0 {
		return fragcalc.ReleaseHook{Reason: "not known yet: the agent has just been woken"}
	}
	if why := hookRefusal(h, false, pid); why.yes() {
		return fragcalc.ReleaseHook{Reason: why.reason}
	}
	return fragcalc.ReleaseHook{Available: true, Own: h.OwnRelease}
}

// hookRefusal says why no release can be asked for at all. The capabilities are
// those that the agent found when it last woke.
func hookRefusal(h page.Header, force bool, pid int) refused {
	switch {
	case !h.Capabilities.Has(page.CapFramework) && h.OwnRelease == "":
		return refused{fragcalc.ReleaseNoHook, "no framework in the process that can release its cache"}
	case !h.Capabilities.Has(page.CapRelease):
		return refused{fragcalc.ReleaseOff, releaseOff}
	case h.Ranks.HoldsGIL && h.Ranks.Initialized && h.Ranks.World > 1:
		return refused{fragcalc.ReleaseRanks, ranksRefusal}
	case h.Capabilities.Has(page.CapLate) && h.Capabilities.Has(page.CapFramework) && !force:
		return refused{fragcalc.ReleaseCapture, onlyForced(pid, "attached while it ran, so captures are not counted")}
	case !h.Capabilities.Has(page.CapCaptureCount) && h.Capabilities.Has(page.CapFramework) && !force:
		return refused{fragcalc.ReleaseCapture, onlyForced(pid, "stream captures cannot be counted in this process")}
	default:
		return refused{}
	}
}

// onlyForced says how a process is released all the same, and why it is not
// otherwise: the way out first, for lines are cut at their end.
func onlyForced(pid int, why string) string {
	return fmt.Sprintf("needs gpufragtop release %d --force: %s", pid, why)
}

// watchingCost is what observing costs the process.
func watchingCost(h page.Header) fragcalc.Watching {
	w := fragcalc.Watching{
		Share:     fragcalc.Unknown[float64]("not watched yet"),
		WorstHold: fragcalc.Of(h.HoldWorst),
		NextHold:  h.ExpectedHold,
	}
	if h.Watched > 0 {
		w.Share = fragcalc.Of(min(1, float64(h.HoldTotal)/float64(h.Watched)))
	}
	return w
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
}

// seconds writes a time of at least a second in whole seconds.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%d s", max(1, int64((d+time.Second-1)/time.Second)))
}

// variables are those of rank, job and pod that the page tells; nil before it
// has told anything.
func (a *agent) variables() map[string]string {
	if a.counters.Seq == 0 {
		return nil
	}
	return a.counters.Variables()
}

// ranksRefusal says why one of several ranks is not released by a PyTorch that
// keeps the GIL meanwhile.
const ranksRefusal = "it is one of several ranks, and its PyTorch would hold its Python lock (GIL) while it waits for the GPU: the ranks could wait for each other for ever (PyTorch 2.6 and newer give it up)"

// releaseOff says why a process takes no release requests, and what did it.
const releaseOff = "its release hook is off: started with run --watch-only or GPUFRAGTOP_ALLOW_RELEASE=0"
