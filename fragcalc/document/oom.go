package document

import (
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// oom writes the keys that an event of kind "oom" has; null for all others.
func (w *writer) oom(o *fragcalc.OOM) {
	if o == nil {
		o = &fragcalc.OOM{}
	}
	w.integerOrNull("asked_bytes", o.Asked)
	w.integerOrNull("device_free_bytes", o.DeviceFree)
	w.nameOrNull("verdict", o.Verdict)
	w.nameOrNull("report", o.Report)
}

// report writes the report that a document was made from, or null.
func (w *writer) report(r *fragcalc.OOMReport) {
	if r == nil {
		w.plainNull("report")
		return
	}
	w.key("report")
	w.open('{')
	w.text("at", r.At.UTC().Format(time.RFC3339Nano))
	w.integerOrNull("asked_bytes", r.Asked)
	w.integerOrNull("device_free_bytes", r.DeviceFree)
	w.integerOrNull("device_total_bytes", r.DeviceTotal)
	w.integerOrNull("allowed_bytes", r.Allowed)
	if stream, known := r.Stream.Get(); known {
		w.address("stream", stream)
	} else {
		w.plainNull("stream")
	}
	w.nameOrNull("call", r.Call)
	w.text("verdict", r.Verdict)
	explanationTexts(w, "lines", r.Lines)
	explanationTexts(w, "next", r.Next)
	explanationTexts(w, "stack", r.Stack)
	w.boolean("stack_of_main_thread", r.OtherThread)
	w.nameOrNull("no_block_map", r.NoMap)
	w.close('}')
}

// nameOrNull writes null for an empty text, without a fault.
func (w *writer) nameOrNull(name, value string) {
	if value == "" {
		w.plainNull(name)
		return
	}
	w.text(name, value)
}

// readOOM are the keys of an event of kind "oom".
type readOOM struct {
	Asked      *int64  `json:"asked_bytes"`
	DeviceFree *int64  `json:"device_free_bytes"`
	Verdict    *string `json:"verdict"`
	Report     *string `json:"report"`
}

// oomKind is the kind of event that has these keys.
const oomKind = "oom"

func (in *readOOM) decode(kind string) *fragcalc.OOM {
	if kind != oomKind {
		return nil
	}
	size := func(n *int64) fragcalc.Bytes {
		if n == nil || *n < 0 {
			return fragcalc.Unknown[int64]("not told")
		}
		return fragcalc.Of(*n)
	}
	return &fragcalc.OOM{Asked: size(in.Asked), DeviceFree: size(in.DeviceFree), Verdict: orEmpty(in.Verdict), Report: orEmpty(in.Report)}
}
