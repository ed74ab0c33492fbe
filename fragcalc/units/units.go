// Package units writes figures for people and reads sizes that people write.
// Figures are quantised to three significant digits, so that a figure that
// hardly changes stays the same text.
package units

import (
	"math"
	"strconv"
	"time"
)

// Bytes is a size with its unit, in powers of 1024: "0 B", "512 B",
// "2.00 MiB", "41.2 GiB", "812 GiB".
func Bytes(n int64) string {
	var room [24]byte
	number, prefix := scaled(room[:0], n)
	unit := " B"
	if prefix != "" {
		unit = " " + prefix + "iB"
	}
	return string(append(number, unit...))
}

// AppendShort appends a size for a narrow column, at most five characters when it
// is not negative: "0", "512B", "2.00M", "41.2G", "812G".
func AppendShort(text []byte, n int64) []byte {
	if n == 0 {
		return append(text, '0')
	}
	text, prefix := scaled(text, n)
	if prefix == "" {
		prefix = "B"
	}
	return append(text, prefix...)
}

// scaled appends n with three significant digits, in the smallest unit in which
// it stays below 1000, and returns the prefix of that unit.
func scaled(text []byte, n int64) (number []byte, prefix string) {
	value := float64(n)
	for _, p := range [...]string{"", "K", "M", "G", "T", "P"} {
		prefix = p
		if math.Abs(value) < 999.5 {
			break
		}
		if p != "P" {
			value /= 1024
		}
	}
	if prefix == "" {
		return strconv.AppendInt(text, n, 10), prefix
	}
	return significant(text, value), prefix
}

// significant appends a number below 1000 with three significant digits, or with
// two decimals where it is below 1.
func significant(text []byte, value float64) []byte {
	decimals := 2
	switch size := math.Abs(value); {
	case size >= 99.95:
		decimals = 0
	case size >= 9.995:
		decimals = 1
	}
	return strconv.AppendFloat(text, value, 'f', decimals, 64)
}

// Percent is a ratio as whole percent. What is not nothing is not shown as
// nothing, and what is not all is not shown as all: "0%", "<1%", "17%", ">99%".
func Percent(ratio float64) string {
	percent := math.Round(ratio * 100)
	switch {
	case ratio > 0 && percent < 1:
		return "<1%"
	case ratio < 1 && percent >= 100:
		return ">99%"
	}
	return strconv.FormatFloat(percent+0, 'f', 0, 64) + "%"
}

// Age is how long ago something was, in its largest unit: "0.8 s", "12 s",
// "3 min", "2 h", "4 d". Times in the future are "0.0 s" ago.
func Age(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return strconv.FormatFloat(max(d, 0).Truncate(100*time.Millisecond).Seconds(), 'f', 1, 64) + " s"
	case d < 2*time.Minute:
		return strconv.Itoa(int(d/time.Second)) + " s"
	case d < 2*time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	default:
		return strconv.Itoa(int(d/(24*time.Hour))) + " d"
	}
}

// Duration is how long something took: "0.84 ms", "84 ms", "1.20 s", "72 s".
func Duration(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case math.Abs(ms) < 9.995:
		return strconv.FormatFloat(ms, 'f', 2, 64) + " ms"
	case math.Abs(ms) < 999.5:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	case d.Abs() < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + " s"
	default:
		return strconv.FormatFloat(d.Seconds(), 'f', 0, 64) + " s"
	}
}
