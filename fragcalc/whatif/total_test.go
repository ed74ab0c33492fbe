package whatif

import (
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestTheTotalOfALiveProcessIsWhatItHasAndCanGet(t *testing.T) {
	unknown := fragcalc.Unknown[int64]("a file tells nothing of the device")
	for name, test := range map[string]struct {
		reserved, free, allowed fragcalc.Bytes
		want                    int64
	}{
		"a device":            {fragcalc.Of[int64](3 << 30), fragcalc.Of[int64](5 << 30), unknown, 8 << 30},
		"a full device":       {fragcalc.Of[int64](3 << 30), fragcalc.Of[int64](0), unknown, 3 << 30},
		"a cap below it":      {fragcalc.Of[int64](3 << 30), fragcalc.Of[int64](5 << 30), fragcalc.Of[int64](4 << 30), 4 << 30},
		"a cap above it":      {fragcalc.Of[int64](3 << 30), fragcalc.Of[int64](5 << 30), fragcalc.Of[int64](40 << 30), 8 << 30},
		"nothing reserved":    {unknown, fragcalc.Of[int64](5 << 30), unknown, 5 << 30},
		"a file has no bound": {fragcalc.Of[int64](3 << 30), unknown, fragcalc.Of[int64](4 << 30), 0},
	} {
		row := fragcalc.Process{Room: fragcalc.Room{DeviceFree: test.free, Allowed: test.allowed}}
		row.Reserved = test.reserved
		if got := OwnTotal(&row); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

func TestTheBestAnswerIsOneThatIsBetterThanTheRecordedSettings(t *testing.T) {
	answer := func(settings string, peak int64, oom bool) Answer {
		a := Answer{Settings: settings, Result: Result{OOMEvent: -1}}
		a.Reserved.Peak = peak
		if oom {
			a.OOM, a.OOMEvent = &OutOfMemoryError{}, 7
		}
		return a
	}
	for name, test := range map[string]struct {
		answers []Answer
		want    string // "" = none
	}{
		"nothing asked":       {[]Answer{answer("recorded", 5, false)}, ""},
		"saves":               {[]Answer{answer("recorded", 5, false), answer("a", 6, false), answer("b", 4, false)}, "b"},
		"saves nothing":       {[]Answer{answer("recorded", 5, false), answer("a", 5, false)}, ""},
		"lives":               {[]Answer{answer("recorded", 5, true), answer("a", 6, false)}, "a"},
		"lower, but dies too": {[]Answer{answer("recorded", 5, false), answer("a", 4, true)}, ""},
	} {
		c := Comparison{Answers: test.answers}
		best, ok := c.Best()
		if ok != (test.want != "") || ok && best.Settings != test.want {
			t.Errorf("%s: %q, %v; want %q", name, best.Settings, ok, test.want)
		}
	}
}
