package gate

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// unit is what a limit is measured in. Its name is that of the JSON report.
type unit string

const (
	inShares         unit = "ratio"            // 0 to 1
	inBytes          unit = "bytes"            // whole bytes
	inBytesPerMinute unit = "bytes_per_minute" // whole bytes
	inTimes          unit = "count"
)

// parse reads a bound as people write it.
func (u unit) parse(text string) (float64, error) {
	switch u {
	case inShares:
		return parseRatio(text)
	case inBytesPerMinute:
		return parseRate(text)
	case inTimes:
		n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 53)
		if err != nil {
			return 0, fmt.Errorf("%q is not a number of times: write 0, 1, 2 …", text)
		}
		return float64(n), nil
	default:
		n, err := units.Parse(text)
		return float64(n), err
	}
}

func parseRatio(text string) (float64, error) {
	digits, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if percent {
		value /= 100
	}
	if err != nil || !(value >= 0 && value <= 1) {
		return 0, fmt.Errorf("%q is not a share: write a number from 0 to 1, or percent, such as 0.2 or 20%%", text)
	}
	return value, nil
}

// minutes are the times that a rate may be per.
var minutes = map[string]float64{
	"s": 1.0 / 60, "sec": 1.0 / 60, "m": 1, "min": 1, "minute": 1, "h": 60, "hour": 60,
}

func parseRate(text string) (float64, error) {
	size, per, ok := strings.Cut(text, "/")
	minutes, known := minutes[strings.ToLower(strings.TrimSpace(per))]
	if !ok || !known {
		return 0, fmt.Errorf("%q is not a growth: write a size and a time, such as 50MiB/min (or /s, /h)", text)
	}
	n, err := units.Parse(size)
	if err != nil {
		return 0, err
	}
	return math.Round(float64(n) / minutes), nil
}

// words is a value for people, to three digits.
func (u unit) words(value float64) string {
	switch u {
	case inShares:
		return strconv.FormatFloat(value*100, 'f', 1, 64) + "%"
	case inBytes:
		return units.Bytes(int64(value))
	case inBytesPerMinute:
		return units.Bytes(int64(value)) + "/min"
	default:
		return strconv.FormatFloat(value, 'f', 0, 64)
	}
}

// pair is a value and its bound for people: to three digits, or exactly where
// these would look the same and are not.
func (u unit) pair(value, bound float64) (string, string) {
	a, b := u.words(value), u.words(bound)
	if a != b || value == bound {
		return a, b
	}
	return u.exact(value), u.exact(bound)
}

func (u unit) exact(value float64) string {
	switch u {
	case inShares:
		return strconv.FormatFloat(value, 'g', -1, 64)
	case inBytes:
		return strconv.FormatFloat(value, 'f', 0, 64) + " B"
	case inBytesPerMinute:
		return strconv.FormatFloat(value, 'f', -1, 64) + " B/min"
	default:
		return u.words(value)
	}
}
