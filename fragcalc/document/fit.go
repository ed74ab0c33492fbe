package document

import (
	"bytes"
	_ "embed" // the JSON Schema
	"io"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// FitVersion is the value of the key schema of the answers to a fit question.
const FitVersion = "gpufragtop-fit/1"

//go:embed fit.schema.json
var fitSchema []byte

// FitSchema is the JSON Schema (2020-12) of the answers to a fit question.
func FitSchema() []byte { return bytes.Clone(fitSchema) }

// EncodeFit writes whether an allocation of size bytes would fit, as one line of
// JSON.
func EncodeFit(out io.Writer, s *fragcalc.Snapshot, size int64, answers []fragcalc.FitAnswer) error {
	w := &writer{}
	w.open('{')
	w.text("schema", FitVersion)
	if s.At.IsZero() {
		w.plainNull("generated_at")
	} else {
		w.text("generated_at", s.At.Format(time.RFC3339Nano))
	}
	w.textOrNull("host", s.Host, "")
	w.textOrNull("file", s.From, "")
	w.integer("size_bytes", size)
	w.array("processes", len(answers), func(i int) { w.fitAnswer(&answers[i]) })
	w.close('}')
	return write(out, w.out, false)
}

func (w *writer) fitAnswer(a *fragcalc.FitAnswer) {
	p := a.Process
	w.integer("pid", int64(p.PID))
	w.textOrNull("user", p.User, "")
	w.textOrNull("command", p.Command, "")
	w.textOrNull("gpu_uuid", p.GPUUUID, "")
	w.milliseconds("snapshot_age_ms", p.SnapshotAge)
	w.bytes("device_free_bytes", p.Room.DeviceFree)
	w.bytes("fits_now_bytes", p.FitsNow)
	w.bytes("fits_after_release_bytes", p.FitsAfterRelease)
	w.array("streams", len(a.Verdicts), func(i int) { w.verdict(&a.Verdicts[i]) })
}

func (w *writer) verdict(v *fragcalc.Verdict) {
	if v.Fresh {
		w.plainNull("stream")
	} else {
		w.address("stream", v.Stream)
	}
	if succeeds, known := v.Succeeds().Get(); known {
		w.boolean("fits", succeeds)
	} else {
		w.plainNull("fits")
	}
	w.text("how", string(v.Kind))
	w.text("how_at_best", string(v.Best))
	w.text("how_after_waiting", string(v.Waited))
	w.textOrNull("reason", v.Reason, "")
	if v.Kind == fragcalc.FitUnknown {
		for _, name := range [...]string{"block_address", "block_bytes", "rounded_bytes", "segment_bytes", "needs_bytes", "handed_back_bytes", "release_bytes"} {
			w.plainNull(name)
		}
	} else {
		if v.Block > 0 {
			w.address("block_address", v.Address)
			w.integer("block_bytes", v.Block)
		} else {
			w.plainNull("block_address")
			w.plainNull("block_bytes")
		}
		w.integer("rounded_bytes", v.Rounded)
		w.integer("segment_bytes", v.Segment)
		w.integer("needs_bytes", v.Needs)
		w.integer("handed_back_bytes", v.Evicts)
		w.integer("release_bytes", v.Returns)
	}
	w.array("obstacles", len(v.Obstacles), func(i int) {
		o := &v.Obstacles[i]
		w.text("kind", string(o.Kind))
		w.integer("bytes", o.Bytes)
		if o.Address == 0 {
			w.plainNull("address")
			w.plainNull("stream")
			return
		}
		w.address("address", o.Address)
		w.address("stream", o.Stream)
	})
}
