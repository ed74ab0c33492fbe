package draw

import (
	"math"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Unit is what the key u chooses sizes to be shown in.
type Unit uint8

const (
	UnitAuto Unit = iota // the unit that suits each figure
	UnitGiB
	unitMiB
	UnitBytes
	UnitCount
)

// String names the unit for the status line.
func (u Unit) String() string {
	return [UnitCount]string{"the unit that suits each", "GiB", "MiB", "bytes"}[u]
}

// BytesExtra is how much wider sizes are in bytes than in the other units.
const BytesExtra = 6

// Bytes is a size for a table cell: three significant digits, so that what
// hardly changes is not sent again.
func (l *Look) Bytes(n int64) string {
	var room [32]byte
	return string(l.appendBytes(room[:0], n))
}

// appendBytes appends what Bytes returns.
func (l *Look) appendBytes(text []byte, n int64) []byte {
	switch {
	case n == 0:
		return append(text, '0')
	case l.Unit == UnitBytes:
		return strconv.AppendInt(text, n, 10)
	case l.Unit == unitMiB:
		return strconv.AppendFloat(text, float64(n)/(1<<20), 'f', 0, 64)
	case l.Unit == UnitGiB:
		return strconv.AppendFloat(text, float64(n)/(1<<30), 'f', 1, 64)
	default:
		return units.AppendShort(text, n)
	}
}

// FitSize writes a size that may be unknown in exactly width cells, aligned to
// the right. As strings, the sizes of a screen would be most of what it allocates.
func (l *Look) FitSize(line *paint.Line, role paint.Role, b fragcalc.Bytes, width int) {
	n, ok := b.Get()
	if !ok {
		l.Fit(line, paint.Muted, l.Glyphs.Dash, width, true)
		return
	}
	var room [32]byte
	digits := l.appendBytes(room[:0], n)
	if len(digits) > width {
		l.Fit(line, role, string(digits), width, true)
		return
	}
	line.Repeat(paint.Text, ' ', width-len(digits)).ASCII(role, digits)
}

// Prose is a size inside a sentence, with its unit spelled out.
func (l *Look) Prose(n int64) string {
	switch l.Unit {
	case UnitBytes:
		return strconv.FormatInt(n, 10) + " bytes"
	case unitMiB:
		return l.Bytes(n) + " MiB"
	case UnitGiB:
		return l.Bytes(n) + " GiB"
	default:
		return units.Bytes(n)
	}
}

// PowerOfTwo is a power of two in the largest unit that it is a multiple of.
func PowerOfTwo(n int64) string {
	names := [...]string{" B", " KiB", " MiB", " GiB", " TiB"}
	at := 0
	for n >= 1<<10 && at < len(names)-1 {
		n >>= 10
		at++
	}
	return strconv.FormatInt(n, 10) + names[at]
}

// Size is a table cell for a size that may be unknown.
func (l *Look) Size(b fragcalc.Bytes) (string, paint.Role) {
	if n, ok := b.Get(); ok {
		return l.Bytes(n), paint.Text
	}
	return l.Glyphs.Dash, paint.Muted
}

// Count is a table cell for a number that may be unknown.
func (l *Look) Count(c fragcalc.Count) (string, paint.Role) {
	if n, ok := c.Get(); ok {
		return strconv.FormatInt(n, 10), paint.Text
	}
	return l.Glyphs.Dash, paint.Muted
}

// Percent is a table cell for a ratio.
func (l *Look) Percent(r fragcalc.Ratio) (string, paint.Role) {
	if ratio, ok := r.Get(); ok {
		return units.Percent(ratio), severity(ratio)
	}
	return l.Glyphs.Dash, paint.Muted
}

// Stranded is a table cell for the share that is stranded: it catches the eye
// where the bytes themselves matter to the process that has reserved so much.
func (l *Look) Stranded(share fragcalc.Ratio, stranded, reserved fragcalc.Bytes) (string, paint.Role) {
	text, role := l.Percent(share)
	n, known := stranded.Get()
	if whole, ok := reserved.Get(); known && ok && n < strandedMatters && n*strandedShare < whole {
		role = paint.Text
	}
	return text, role
}

// Stranded bytes of less than both a share of what their process has reserved
// and so many are nobody's trouble, however much of a small pool they are.
const (
	strandedShare   = 100
	strandedMatters = 256 << 20
)

// Cores is a table cell for processors kept busy, in percent of one as top shows
// them. It is rounded coarsely, so that what hardly changes is not sent again.
func (l *Look) Cores(c fragcalc.Known[float64]) (string, paint.Role) {
	busy, ok := c.Get()
	if !ok {
		return l.Glyphs.Dash, paint.Muted
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

// Plural is "1 segment" or "61 segments".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// Hex is an address.
func Hex(address uint64) string { return "0x" + strconv.FormatUint(address, 16) }
