package agents

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// oomEvent completes the event of an out-of-memory error. Why memory was
// refused, only its report tells.
func oomEvent(e page.Event, out *fragcalc.Event) {
	oom := &fragcalc.OOM{Asked: e.Asked, DeviceFree: e.DeviceFree, More: e.More}
	if strings.HasSuffix(e.Text, page.ReportSuffix) {
		oom.Report = e.Text
	} else {
		oom.NoReport = e.Text
	}
	if e.UUID != [16]byte{} {
		out.GPUUUID = UUIDText("GPU-", e.UUID)
	}
	out.OOM, out.Text = oom, oom.Line(units.Bytes, "")
}
