package document

import (
	"bytes"
	_ "embed" // the JSON Schema
	"io"

	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
)

// DoctorVersion is the value of the key schema of a doctor's report.
const DoctorVersion = "gpufragtop-doctor/1"

//go:embed doctor.schema.json
var doctorSchema []byte

// DoctorSchema is the JSON Schema (2020-12) of a doctor's report.
func DoctorSchema() []byte { return bytes.Clone(doctorSchema) }

// EncodeDoctor writes what stands in the way of seeing inside as JSON, on one
// line unless indented.
func EncodeDoctor(out io.Writer, r wayin.Report, indent bool) error {
	w := &writer{}
	w.open('{')
	w.text("schema", DoctorVersion)
	w.text("version", r.Version)
	w.text("host", r.Host)
	if r.PID == 0 {
		w.plainNull("pid")
	} else {
		w.integer("pid", int64(r.PID))
	}
	w.textOrNull("command", r.Command, "")
	w.boolean("blocked", r.Blocked())
	w.array("findings", len(r.Findings), func(i int) {
		f := r.Findings[i]
		w.text("level", string(f.Level))
		w.text("topic", f.Topic)
		w.text("what", f.What)
		w.textOrNull("why", f.Why, "")
		w.textOrNull("way_out", f.Do, "")
	})
	w.textOrNull("line", r.Line, "")
	w.close('}')
	return write(out, w.out, indent)
}
