package document

import (
	"bytes"
	_ "embed" // the JSON Schemas
	"io"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Values of the key schema of a release's outcome, and of the total of several.
const (
	ReleaseVersion      = "gpufragtop-release/1"
	ReleaseTotalVersion = "gpufragtop-release-total/1"
)

//go:embed release.schema.json
var releaseSchema []byte

//go:embed release_total.schema.json
var releaseTotalSchema []byte

// ReleaseSchema is the JSON Schema (2020-12) of a release's outcome.
func ReleaseSchema() []byte { return bytes.Clone(releaseSchema) }

// ReleaseTotalSchema is that of the total of several.
func ReleaseTotalSchema() []byte { return bytes.Clone(releaseTotalSchema) }

// EncodeRelease writes the outcome of a release as one line of JSON:
// per GPU the estimate computed just before the call, reserved before and
// after it, what came back and what was taken of it; and the allocator's
// retries since. For each null there is a fault.
func EncodeRelease(out io.Writer, o fragcalc.ReleaseOutcome, retries fragcalc.Count) error {
	w := &writer{}
	w.open('{')
	w.text("schema", ReleaseVersion)
	w.integer("pid", int64(o.Target.PID))
	w.text("status", string(o.Status))
	w.textOrNull("reason", o.Reason, "")
	w.float("took_ms", float64(o.Took.Microseconds())/1e3)
	w.float("hold_ms", float64(o.Hold.Microseconds())/1e3)
	w.ownRelease(o.Own)
	w.scope, w.pid = fragcalc.ScopeProcess, o.Target.PID
	w.bytes("retries_next_10s", retries)
	w.array("gpus", len(o.GPUs), func(i int) {
		g := o.GPUs[i]
		w.uuid = g.GPUUUID
		w.text("gpu_uuid", g.GPUUUID)
		w.bytes("estimate_bytes", g.Estimate)
		w.bytes("before_bytes", g.Before)
		w.bytes("after_bytes", g.After)
		w.bytes("released_bytes", g.Back())
		w.bytes("taken_bytes", g.Taken)
	})
	w.releaseFaults()
	return write(out, w.out, false)
}

// ownRelease writes what the program's own release function did; null when
// none ran.
func (w *writer) ownRelease(own *fragcalc.OwnRelease) {
	if own == nil {
		w.plainNull("own_release")
		return
	}
	w.key("own_release")
	w.open('{')
	w.text("name", own.Name)
	if back, ok := own.Back.Get(); ok {
		w.integer("released_bytes", back)
	} else {
		w.plainNull("released_bytes") // it does not say
	}
	w.float("took_ms", float64(own.Took.Microseconds())/1e3)
	w.close('}')
}

// EncodeReleaseTotal writes, as one line, what came of a release of several
// processes.
func EncodeReleaseTotal(out io.Writer, r fragcalc.ReleaseReport) error {
	w := &writer{}
	w.open('{')
	w.text("schema", ReleaseTotalVersion)
	w.integer("processes", int64(len(r.Outcomes)))
	w.integer("released", int64(r.Done()))
	w.scope = fragcalc.ScopeGPU
	w.array("gpus", len(r.GPUs), func(i int) {
		w.uuid = r.GPUs[i].GPUUUID
		w.text("gpu_uuid", r.GPUs[i].GPUUUID)
		w.bytes("released_bytes", r.GPUs[i].Back)
		w.bytes("taken_bytes", r.GPUs[i].Taken)
	})
	w.releaseFaults()
	return write(out, w.out, false)
}

// releaseFaults writes the reasons of the nulls, and ends the document.
func (w *writer) releaseFaults() {
	faults := w.faults
	w.array("faults", len(faults), func(i int) {
		w.text("gpu_uuid", faults[i].GPUUUID)
		w.text("field", faults[i].Field)
		w.text("reason", faults[i].Reason)
	})
	w.close('}')
}
