package advice

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// retries: the allocator ran out of memory and emptied its cache to go on, or
// failed: lately, where there is a history; ever, where there is none.
func retries(c *subject) *Advice {
	times, ooms, when := c.AllocRetries.Or(0), c.OOMs.Or(0), "so far"
	worth := int64(least) // it may be long past
	if len(c.History.Samples) > 0 {
		risen, told := c.History.rise(retriesOf)
		failed, told2 := c.History.rise(oomsOf)
		if !told && !told2 {
			return nil
		}
		times, ooms, when = risen, failed, "in the last "+units.Age(c.History.span())
		worth = max(c.reserved/2, least)
	}
	if times <= 0 && ooms <= 0 {
		return nil
	}
	words := "The allocator ran out of memory and emptied its cache " + howOften(times) + " " + when
	if times <= 0 {
		words = "An allocation failed " + howOften(ooms) + " " + when
	} else if ooms > 0 {
		words += ", and failed " + howOften(ooms)
	}
	words += ": each time stalls the GPU. "
	if matters(c.stranded, c.reserved, strandedShare) {
		words += size(c.stranded) + " stranded is part of it."
	} else {
		words += "Less at once helps: a smaller batch, lower precision, or a larger share of the GPU."
	}
	return &Advice{Text: words,
		Evidence: []Figure{{"alloc_retries", max(times, 0)}, {"ooms", max(ooms, 0)}},
		Expected: fragcalc.Unknown[int64]("no memory is at stake by itself"), worth: worth}
}

// howOften is "once" or "7 times".
func howOften(n int64) string {
	if n == 1 {
		return "once"
	}
	return strconv.FormatInt(n, 10) + " times"
}
