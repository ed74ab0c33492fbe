package units

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// factors are the units that Parse knows, in lower case. A bare prefix is
// binary, as memory sizes are; "GB" is 10⁹, as the standards have it.
var factors = [...]struct {
	name   string
	factor float64
}{
	{"", 1}, {"b", 1},
	{"k", 1 << 10}, {"ki", 1 << 10}, {"kib", 1 << 10}, {"kb", 1e3},
	{"m", 1 << 20}, {"mi", 1 << 20}, {"mib", 1 << 20}, {"mb", 1e6},
	{"g", 1 << 30}, {"gi", 1 << 30}, {"gib", 1 << 30}, {"gb", 1e9},
	{"t", 1 << 40}, {"ti", 1 << 40}, {"tib", 1 << 40}, {"tb", 1e12},
}

// Parse reads a size in bytes: a number and, if it is not in bytes, a unit, such
// as "2GiB", "1.5 g" or "512 MiB". K, M, G and T are binary (KiB, MiB, …); KB,
// MB, GB and TB are powers of 1000. Case does not matter.
func Parse(s string) (int64, error) {
	trimmed := strings.TrimSpace(s)
	end := strings.IndexFunc(trimmed, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		end = len(trimmed)
	}
	value, err := strconv.ParseFloat(trimmed[:end], 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a size: write a number and a unit, such as 2GiB", s)
	}
	unit := strings.ToLower(strings.TrimSpace(trimmed[end:]))
	for _, f := range factors {
		if f.name != unit {
			continue
		}
		bytes := math.Round(value * f.factor)
		if bytes >= math.MaxInt64 {
			return 0, fmt.Errorf("size %q is too large", s)
		}
		return int64(bytes), nil
	}
	return 0, fmt.Errorf("%q has an unknown unit: use KiB, MiB, GiB or TiB", s)
}
