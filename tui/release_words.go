package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

// reportWords is what came of a plan in one line, and whether all did what they
// should.
func reportWords(l *draw.Look, report fragcalc.ReleaseReport) (text string, good bool) {
	if len(report.Outcomes) == 1 {
		return releaseWords(l, report.Outcomes[0])
	}
	text = sumWords(l, report)
	for _, o := range report.Outcomes {
		if o.Status != fragcalc.ReleaseDone {
			first, _ := releaseWords(l, o)
			return text + l.Glyphs.Dot + first, false
		}
	}
	return text, true
}

// sumWords is what the processes of a plan gave back together.
func sumWords(l *draw.Look, report fragcalc.ReleaseReport) string {
	done := report.Done()
	back, taken, known := int64(0), int64(0), true
	for _, g := range report.GPUs {
		back += g.Back.Or(0)
		taken += g.Taken.Or(0)
		known = known && g.Back.Known()
	}
	text := "released an unknown amount"
	if known {
		text = "released " + l.Prose(back)
	}
	text += " from " + strconv.Itoa(done) + " of " + strconv.Itoa(len(report.Outcomes)) + " processes"
	if taken > 0 {
		text += "; " + l.Prose(taken) + " of it were taken meanwhile"
	}
	return text
}

// releaseWords is the outcome of a release in one line, and whether it did
// what it should.
func releaseWords(l *draw.Look, outcome fragcalc.ReleaseOutcome) (text string, good bool) {
	text, good = outcomeWords(l, outcome)
	return strconv.Itoa(outcome.Target.PID) + ": " + text, good
}

// outcomeWords is releaseWords without the process.
func outcomeWords(l *draw.Look, outcome fragcalc.ReleaseOutcome) (text string, good bool) {
	if outcome.Status != fragcalc.ReleaseDone {
		return "not released: " + orElse(outcome.Reason, string(outcome.Status)), false
	}
	back, knownBack := outcome.Back().Get()
	estimate, knownEstimate := outcome.Estimate().Get()
	text = "released an unknown amount"
	switch {
	case knownBack:
		text = "released " + l.Prose(back)
	case len(outcome.GPUs) == 0 && outcome.Own != nil:
		text = "released"
	}
	if len(outcome.GPUs) > 1 {
		text += " on " + draw.Plural(len(outcome.GPUs), "GPU")
	}
	text += " in " + units.Duration(outcome.Took)
	if outcome.Hold > 0 {
		text += ", GIL held " + units.Duration(outcome.Hold)
	}
	if knownEstimate {
		text += " (predicted " + l.Prose(estimate) + ")"
	}
	if taken := outcome.Taken().Or(0); taken > 0 {
		text += "; " + l.Prose(taken) + " of it were taken meanwhile"
	}
	if own := outcome.Own; own != nil {
		text += "; " + own.Name + " says "
		if bytes, ok := own.Back.Get(); ok {
			text += l.Prose(bytes)
		} else {
			text += "nothing"
		}
	}
	if outcome.Reason != "" {
		text += ": " + outcome.Reason
	}
	return text, !knownBack || !knownEstimate || back >= estimate
}

// retriesWords says how often allocators have retried since a release.
func retriesWords(report fragcalc.ReleaseReport, retries fragcalc.Count) string {
	who := strconv.Itoa(report.Outcomes[0].Target.PID)
	if len(report.Outcomes) > 1 {
		who = strconv.Itoa(report.Done()) + " processes"
	}
	span := " in the " + units.Duration(fragcalc.RetriesWatched) + " since the release"
	n, ok := retries.Get()
	switch {
	case !ok:
		return who + ": allocation retries" + span + " are unknown: " + retries.Reason()
	case n == 1:
		return who + ": 1 allocation retry" + span
	default:
		return who + ": " + strconv.FormatInt(n, 10) + " allocation retries" + span
	}
}
