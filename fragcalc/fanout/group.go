package fanout

import (
	"slices"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Obstacle says why a rank group, which is one target, is not to be released:
// one of its ranks is known to refuse, and the others would stall for half a
// release, or for ever where it is stopped. refusals are the known ones. It is
// empty where nothing is in the way: a rank that is not instrumented, or has
// nothing to release, is none.
func Obstacle(group []fragcalc.ProcessID, refusals []fragcalc.ReleaseOutcome) string {
	text, more := "", 0
	for _, r := range refusals {
		switch {
		case !slices.Contains(group, r.Target), harmless(r.Status):
		case text != "":
			more++
		default:
			text = strconv.Itoa(r.Target.PID) + " will refuse: " + r.Reason
		}
	}
	if more > 0 {
		text += " (and " + strconv.Itoa(more) + " more)"
	}
	return text
}

// harmless tells whether a rank that refuses so leaves the others to release
// without it.
func harmless(status fragcalc.ReleaseStatus) bool {
	switch status {
	case fragcalc.ReleaseNotInstrumented, fragcalc.ReleaseNoHook, fragcalc.ReleaseGone, fragcalc.ReleasePIDReused:
		return true
	}
	return false
}
