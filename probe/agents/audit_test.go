package agents

import (
	"testing"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func TestAuditEventsAreForPeople(t *testing.T) {
	me := monitor{pid: 4711, uid: 1000}
	for _, c := range []struct {
		text, want string
		own        bool
	}{
		{"release asked for by pid 4711 of uid 1000: released 538968064 bytes in 84 ms", "release asked for by pid 4711 of uid 1000: released 514 MiB in 84 ms", true},
		{"release asked for by pid 47 of uid 1000: released 0 bytes in 1 ms; engine says 2097152 bytes", "release asked for by pid 47 of uid 1000: released 0 B in 1 ms; engine says 2.00 MiB", false},
		{"release asked for by pid 4711 of uid 0: switched off", "release asked for by pid 4711 of uid 0: switched off", false},
		{"x: 99999999999999999999999 bytes", "x: 99999999999999999999999 bytes", false},
	} {
		var got fragcalc.Event
		if auditEvent(page.Event{Text: c.text}, me, &got); got.Text != c.want || got.Own != c.own {
			t.Errorf("%q, own %v; want %q, %v", got.Text, got.Own, c.want, c.own)
		}
	}
}
