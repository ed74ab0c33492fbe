package advice

import "github.com/gpufragtop/gpufragtop/fragcalc"

// roundingShare is the share of live blocks that rounding must have. Programs
// with the default settings have up to 3 %.
const roundingShare = 0.05

// rounding: much of the live blocks is rounding.
func rounding(c *subject) *Advice {
	lost, ok := c.Rounding.Get()
	live := c.used + c.Pending.Or(0)
	if !ok || !matters(lost, live, roundingShare) {
		return nil
	}
	words := size(lost) + " (" + percent(lost, live) + ") of the live blocks is rounding, not asked for. "
	evidence := []Figure{{"rounding_bytes", lost}, {"rounding_ratio", ratio(lost, live)}}
	setting, set := c.options["roundup_power2_divisions"]
	switch {
	case set && setting != "0" && setting != "1":
		words += "roundup_power2_divisions does that: more divisions, or none, round less."
	case c.walk.tails*2 > lost:
		words += "Most are ends of blocks too short to split (up to 1 MiB): fixed or bucketed shapes make blocks fit."
	default:
		words += "Most are small tensors rounded up to 512 bytes: fewer, larger tensors (one flat buffer) avoid it."
	}
	if c.walk.tails > 0 {
		evidence = append(evidence, Figure{"tail_bytes", c.walk.tails})
	}
	return &Advice{Text: words, Evidence: evidence,
		Expected: fragcalc.Unknown[int64]("depends on the shapes"), worth: lost}
}
