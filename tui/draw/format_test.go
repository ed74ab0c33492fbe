package draw

import (
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// A share catches the eye only where the bytes matter.
func TestAShareOfLittleIsNoTrouble(t *testing.T) {
	l := &Look{}
	for _, c := range []struct {
		share              float64
		stranded, reserved int64
		want               paint.Role
	}{
		{0.28, 3 << 20, 35 << 30, paint.Text},    // a small pool
		{0.28, 350 << 20, 35 << 30, paint.Crit},  // 1 % of the process
		{0.28, 256 << 20, 700 << 30, paint.Crit}, // much by itself
		{0.28, 3 << 20, 30 << 20, paint.Crit},    // much of a small process
		{0.20, 8 << 30, 35 << 30, paint.Warn},
		{0.05, 8 << 30, 160 << 30, paint.Text},
	} {
		if _, role := l.Stranded(fragcalc.Of(c.share), fragcalc.Of(c.stranded), fragcalc.Of(c.reserved)); role != c.want {
			t.Errorf("%+v: %v", c, role)
		}
	}
	if _, role := l.Stranded(fragcalc.Of(0.28), fragcalc.Of[int64](1), fragcalc.Unknown[int64]("x")); role != paint.Crit {
		t.Errorf("of an unknown whole: %v", role)
	}
}
