package explain

import (
	"bytes"
	"math"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// factors are the units of the messages, without white space and in lower case.
// PyTorch divides by powers of 1024 under either name.
var factors = [...]struct {
	name   string
	factor float64
}{
	{"bytes", 1}, {"byte", 1},
	{"kib", 1 << 10}, {"kb", 1 << 10}, {"mib", 1 << 20}, {"mb", 1 << 20},
	{"gib", 1 << 30}, {"gb", 1 << 30}, {"tib", 1 << 40}, {"tb", 1 << 40},
	{"pib", 1 << 50}, {"pb", 1 << 50}, {"eib", 1 << 60}, {"eb", 1 << 60},
}

// longestNumber bounds the digits of a size.
const longestNumber = 40

// impossible is a size from which on a number is no size: 17179869184.00 GiB,
// 2⁶⁴ bytes, is how PyTorch shows NVML's "not available" and "no limit".
const impossible = 1 << 60

// Reasons of unknown figures.
const (
	notSaid     = "not in the message"
	notPossible = "not a possible size in the message"
)

// sizeAt reads a size at the beginning of s. found tells whether there is one,
// also where its number is impossible.
func sizeAt(s []byte) (size fragcalc.Bytes, found bool) {
	end := 0
	for end < len(s) && end <= longestNumber && (isDigit(s[end]) || s[end] == '.' || s[end] == ',') {
		end++
	}
	for _, unit := range factors {
		if bytes.HasPrefix(s[end:], []byte(unit.name)) {
			return sizeOf(s[:end], unit.factor)
		}
	}
	return fragcalc.Unknown[int64](notSaid), false
}

// sizeBefore reads a size at the end of s.
func sizeBefore(s []byte) (size fragcalc.Bytes, found bool) {
	for _, unit := range factors {
		number, ok := bytes.CutSuffix(s, []byte(unit.name))
		if !ok {
			continue
		}
		start := len(number)
		for start > 0 && len(number)-start <= longestNumber && (isDigit(number[start-1]) || number[start-1] == '.' || number[start-1] == ',') {
			start--
		}
		// The full stop or comma of the sentence before is no part of the number.
		return sizeOf(bytes.TrimLeft(number[start:], ".,"), unit.factor)
	}
	return fragcalc.Unknown[int64](notSaid), false
}

func sizeOf(number []byte, factor float64) (fragcalc.Bytes, bool) {
	number = bytes.ReplaceAll(number, []byte(","), nil)
	if len(number) == 0 || len(number) > longestNumber {
		return fragcalc.Unknown[int64](notSaid), false
	}
	value, err := strconv.ParseFloat(string(number), 64)
	if err != nil {
		return fragcalc.Unknown[int64](notSaid), false
	}
	if value *= factor; value >= impossible {
		return fragcalc.Unknown[int64](notPossible), true
	}
	return fragcalc.Of(int64(math.Round(value))), true
}

// numberAt reads a whole number of up to 10 digits at the beginning of s.
func numberAt(s []byte) (number int64, length int) {
	for length < len(s) && length < 10 && isDigit(s[length]) {
		number = number*10 + int64(s[length]-'0')
		length++
	}
	return number, length
}

// after is the size behind the first place of key in s.
func after(s []byte, key string) (fragcalc.Bytes, bool) {
	at := bytes.Index(s, []byte(key))
	if at < 0 {
		return fragcalc.Unknown[int64](notSaid), false
	}
	return sizeAt(s[at+len(key):])
}

// before is the size in front of the first place of key in s.
func before(s []byte, key string) (fragcalc.Bytes, bool) {
	at := bytes.Index(s, []byte(key))
	if at < 0 {
		return fragcalc.Unknown[int64](notSaid), false
	}
	return sizeBefore(s[:at])
}
