package advice

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// slackShare is the share of reserved memory that must never have been needed
// at once.
const slackShare = 0.20

// slack: the cache has grown far beyond what the program ever needed at once.
func slack(c *subject) *Advice {
	extra, ok := c.Slack.Get()
	if !ok || !matters(extra, c.reserved, slackShare) {
		return nil
	}
	words := size(extra) + " of " + size(c.reserved) + " reserved was never needed at once since the program's peaks were last reset"
	evidence := []Figure{{"slack_bytes", extra}}
	evidence = append(evidence, known("active_peak_bytes", c.ActivePeak)...)
	if by, at := c.History.step(reservedOf); by >= least && by*2 >= extra {
		words += "; reserved jumped by " + size(by) + " at " + at.Format(time.TimeOnly)
		evidence = append(evidence, Figure{"largest_step_bytes", by})
	}
	back, worth := fragcalc.Unknown[int64](c.ReleaseEstimate.Reason()), extra/4
	estimate, walked := c.ReleaseEstimate.Get()
	if walked {
		estimate = min(estimate, extra)
		back, worth = fragcalc.Of(estimate), max(worth, estimate/2)
	}
	switch {
	case !walked:
		words += ". A release after the spike that grew it (warm-up, evaluation) returns what lies whole."
	case estimate < least:
		words += ". It lies in holes: a release returns " + size(estimate) + " of it, a restart all."
	default:
		words += ". A release after the spike that grew it (warm-up, evaluation) returns " + size(estimate) + " of it now."
	}
	return &Advice{Text: words, Evidence: evidence, Expected: back, worth: worth}
}
