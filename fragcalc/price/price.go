// Package price says what memory that serves nobody costs, at a price for an
// hour of the whole GPU that the user gives. There is no built-in price and no
// currency: figures are in the unit of the price.
//
// It is the share of the GPU's memory, an opportunity cost: nobody is billed
// less when the memory is freed, but somebody could use it. Stranded memory and
// slack overlap, as free bytes between live blocks may also be more than the
// program ever needed at once: their costs are shown side by side, never added.
package price

import (
	"math"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// None is the price where the user has given none: all costs are unknown.
const None = 0.0

// Valid tells whether a price for an hour of a GPU is one: above 0 and finite.
func Valid(perGPUHour float64) bool {
	return perGPUHour > 0 && !math.IsInf(perGPUHour, 1)
}

// Waste is what bytes of a GPU's memory cost an hour: the price of an hour of
// the GPU x bytes / all of its memory. It is unknown, with the reason, where no
// valid price was given, a size is unknown, or the bytes are not memory that the
// GPU can hold.
func Waste(perGPUHour float64, bytes, total fragcalc.Bytes) fragcalc.Known[float64] {
	part, known := bytes.Get()
	whole, knownTotal := total.Get()
	switch {
	case !Valid(perGPUHour):
		return fragcalc.Unknown[float64]("no price given")
	case !known:
		return fragcalc.Unknown[float64](bytes.Reason())
	case !knownTotal:
		return fragcalc.Unknown[float64]("the GPU's memory is unknown: " + total.Reason())
	case part < 0 || part > whole || whole == 0:
		return fragcalc.Unknown[float64]("more than the GPU's memory")
	}
	return fragcalc.Of(perGPUHour * (float64(part) / float64(whole)))
}

// Words is a cost for people, without a unit: two decimals, three below 0.1
// ("12.50", "0.31", "0.042"), and "<0.001" for what is less but not nothing.
func Words(cost float64) string {
	switch {
	case cost > 0 && cost < 0.0005:
		return "<0.001"
	case cost > 0 && cost < 0.0995:
		return strconv.FormatFloat(cost, 'f', 3, 64)
	}
	return strconv.FormatFloat(cost, 'f', 2, 64)
}
