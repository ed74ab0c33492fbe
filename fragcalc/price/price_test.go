package price

import (
	"math"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const gib = 1 << 30

func TestWasteIsTheShareOfTheMemoryTimesThePrice(t *testing.T) {
	for _, c := range []struct{ price, bytes, total, want float64 }{
		{2.5, 8 * gib, 80 * gib, 0.25},
		{2.5, 80 * gib, 80 * gib, 2.5},
		{2.5, 0, 80 * gib, 0},
		{0.4, 6 * gib, 24 * gib, 0.1},
	} {
		got, known := Waste(c.price, fragcalc.Of(int64(c.bytes)), fragcalc.Of(int64(c.total))).Get()
		if !known || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: %v, %v", c, got, known)
		}
	}
}

func TestWasteIsUnknownWithItsReason(t *testing.T) {
	some, all := fragcalc.Of[int64](1), fragcalc.Of[int64](2)
	for _, c := range []struct {
		price        float64
		bytes, total fragcalc.Bytes
		want         string
	}{
		{None, some, all, "no price given"},
		{-1, some, all, "no price given"},
		{math.NaN(), some, all, "no price given"},
		{math.Inf(1), some, all, "no price given"},
		{1, fragcalc.Unknown[int64]("needs a walk"), all, "needs a walk"},
		{1, some, fragcalc.Unknown[int64]("a file"), "the GPU's memory is unknown: a file"},
		{1, all, some, "more than the GPU's memory"},
		{1, fragcalc.Of[int64](0), fragcalc.Of[int64](0), "more than the GPU's memory"},
		{1, fragcalc.Of[int64](-1), all, "more than the GPU's memory"},
	} {
		if got := Waste(c.price, c.bytes, c.total); got.Known() || got.Reason() != c.want {
			t.Errorf("%v: %v, want %q", c, got, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	for cost, want := range map[float64]string{0: "0.00", 12.5: "12.50", 0.31: "0.31", 0.0421: "0.042", 0.0001: "<0.001", 0.0999: "0.10", 1234: "1234.00"} {
		if got := Words(cost); got != want {
			t.Errorf("%v is %q, want %q", cost, got, want)
		}
	}
}
