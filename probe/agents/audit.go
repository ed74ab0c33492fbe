package agents

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// bare is a size as the agent writes it.
var bare = regexp.MustCompile(`\b\d+ bytes\b`)

// auditEvent completes the event of a release, or of one that was refused: with
// sizes for people, and whether this monitor asked for it. A process can forge
// that it did; the event is then only not shown to those who just asked.
func auditEvent(e page.Event, m monitor, out *fragcalc.Event) {
	out.Own = strings.HasPrefix(e.Text, fmt.Sprintf("release asked for by pid %d of uid %d: ", m.pid, m.uid))
	out.Text = bare.ReplaceAllStringFunc(e.Text, func(s string) string {
		number, _, _ := strings.Cut(s, " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return s
		}
		return units.Bytes(n)
	})
}
