package document

import (
	"bytes"
	_ "embed" // the JSON Schema
	"io"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// ReleaseVersion is the value of the key schema of a release's outcome.
const ReleaseVersion = "gpufragtop-release/1"

//go:embed release.schema.json
var releaseSchema []byte

// ReleaseSchema is the JSON Schema (2020-12) of a release's outcome.
func ReleaseSchema() []byte { return bytes.Clone(releaseSchema) }

// EncodeRelease writes the outcome of a release as one line of JSON:
// per GPU the estimate computed just before the call, reserved before and
// after it, and what came back.
func EncodeRelease(out io.Writer, o fragcalc.ReleaseOutcome) error {
	w := &writer{}
	w.open('{')
	w.text("schema", ReleaseVersion)
	w.integer("pid", int64(o.Target.PID))
	w.text("status", string(o.Status))
	w.textOrNull("reason", o.Reason, "")
	w.float("took_ms", float64(o.Took.Microseconds())/1e3)
	w.float("hold_ms", float64(o.Hold.Microseconds())/1e3)
	w.array("gpus", len(o.GPUs), func(i int) {
		g := o.GPUs[i]
		w.text("gpu_uuid", g.GPUUUID)
		w.bytes("estimate_bytes", g.Estimate)
		w.bytes("before_bytes", g.Before)
		w.bytes("after_bytes", g.After)
		before, knownBefore := g.Before.Get()
		after, knownAfter := g.After.Get()
		if knownBefore && knownAfter {
			w.integer("released_bytes", before-after)
		} else {
			w.plainNull("released_bytes")
		}
	})
	w.close('}')
	return write(out, w.out, false)
}
