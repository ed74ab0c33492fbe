package tui

import (
	"math"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// unit is what the key u chooses sizes to be shown in.
type unit uint8

const (
	unitAuto unit = iota // the unit that suits each figure
	unitGiB
	unitMiB
	unitBytes
	unitCount
)

// String names the unit for the status line.
func (u unit) String() string {
	return [unitCount]string{"the unit that suits each", "GiB", "MiB", "bytes"}[u]
}

// bytesExtra is how much wider sizes are in bytes than in the other units.
const bytesExtra = 6

// bytes is a size for a table cell: three significant digits, so that what
// hardly changes is not sent again.
func (l *look) bytes(n int64) string {
	switch {
	case n == 0:
		return "0"
	case l.unit == unitBytes:
		return strconv.FormatInt(n, 10)
	case l.unit == unitMiB:
		return strconv.FormatFloat(float64(n)/(1<<20), 'f', 0, 64)
	case l.unit == unitGiB:
		return strconv.FormatFloat(float64(n)/(1<<30), 'f', 1, 64)
	default:
		return units.Short(n)
	}
}

// prose is a size inside a sentence, with its unit spelled out.
func (l *look) prose(n int64) string {
	switch l.unit {
	case unitBytes:
		return strconv.FormatInt(n, 10) + " bytes"
	case unitMiB:
		return l.bytes(n) + " MiB"
	case unitGiB:
		return l.bytes(n) + " GiB"
	default:
		return units.Bytes(n)
	}
}

// powerOfTwo is a power of two in the largest unit that it is a multiple of.
func powerOfTwo(n int64) string {
	names := [...]string{" B", " KiB", " MiB", " GiB", " TiB"}
	at := 0
	for n >= 1<<10 && at < len(names)-1 {
		n >>= 10
		at++
	}
	return strconv.FormatInt(n, 10) + names[at]
}

// size is a table cell for a size that may be unknown.
func (l *look) size(b fragcalc.Bytes) (string, paint.Role) {
	if n, ok := b.Get(); ok {
		return l.bytes(n), paint.Text
	}
	return l.glyphs.Dash, paint.Muted
}

// count is a table cell for a number that may be unknown.
func (l *look) count(c fragcalc.Count) (string, paint.Role) {
	if n, ok := c.Get(); ok {
		return strconv.FormatInt(n, 10), paint.Text
	}
	return l.glyphs.Dash, paint.Muted
}

// percent is a table cell for a ratio.
func (l *look) percent(r fragcalc.Ratio) (string, paint.Role) {
	if ratio, ok := r.Get(); ok {
		return units.Percent(ratio), severity(ratio)
	}
	return l.glyphs.Dash, paint.Muted
}

// cores is a table cell for processors kept busy, in percent of one as top shows
// them. It is rounded coarsely, so that what hardly changes is not sent again.
func (l *look) cores(c fragcalc.Known[float64]) (string, paint.Role) {
	busy, ok := c.Get()
	if !ok {
		return l.glyphs.Dash, paint.Muted
	}
	percent, step := busy*100, 1.0
	switch {
	case percent >= 1000:
		step = 50
	case percent >= 100:
		step = 10
	case percent >= 10:
		step = 5
	}
	return strconv.FormatFloat(math.Round(percent/step)*step, 'f', 0, 64) + "%", paint.Text
}

// Fragmentation from which a figure catches the eye: a tenth of what is
// reserved is worth a look, a quarter decides whether the next large
// allocation succeeds.
const (
	fragmentationWarn = 0.10
	fragmentationCrit = 0.25
)

func severity(fragmentation float64) paint.Role {
	switch {
	case fragmentation >= fragmentationCrit:
		return paint.Crit
	case fragmentation >= fragmentationWarn:
		return paint.Warn
	default:
		return paint.Text
	}
}

// plural is "1 segment" or "61 segments".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// hex is an address.
func hex(address uint64) string { return "0x" + strconv.FormatUint(address, 16) }
