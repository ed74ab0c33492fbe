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
	back := fragcalc.Unknown[int64](c.ReleaseEstimate.Reason())
	if estimate, walked := c.ReleaseEstimate.Get(); walked {
		back = fragcalc.Of(min(estimate, extra))
		words += ". A release after the spike that grew it (warm-up, evaluation) returns " + size(min(estimate, extra)) + " of it now."
	} else {
		words += ". A release after the spike that grew it (warm-up, evaluation) returns what lies whole."
	}
	return &Advice{Text: words, Evidence: evidence, Expected: back, worth: extra / 2}
}
