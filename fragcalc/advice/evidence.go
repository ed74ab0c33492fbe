package advice

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/stacks"
	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// Figure is one piece of evidence. Its name is a key of JSON with its unit:
// "stranded_bytes", "rounding_ratio", "address".
type Figure struct {
	Name  string
	Value any // int64, float64 or string, nothing else
}

// known returns the figure where it is known.
func known(name string, value fragcalc.Bytes) []Figure {
	if n, ok := value.Get(); ok {
		return []Figure{{name, n}}
	}
	return nil
}

// hex is an address or a stream handle, as in --json.
func hex(n uint64) string { return "0x" + strconv.FormatUint(n, 16) }

// size is bytes inside a sentence.
func size(n int64) string { return units.Bytes(n) }

// percent is a part of a whole inside a sentence.
func percent(part, whole int64) string { return units.Percent(ratio(part, whole)) }

func ratio(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// plural is "1 segment" or "61 segments".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// longestFrame bounds the words of strangers in a sentence, in bytes.
const longestFrame = 80

// frame is the call that a stack is known by, in words: "forward (model.py:12)";
// it is empty when no stack is known.
func frame(stack fragcalc.Stack) string {
	f, ok := stacks.Origin(stack)
	if !ok {
		return ""
	}
	words := f.Function
	if place := stacks.Place(f); place != "" {
		words += " (" + place + ")"
	}
	return text.Clean(words, longestFrame)
}
