package document

import (
	"bytes"
	_ "embed" // the JSON Schema
	"io"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// ReportsVersion is the value of the key schema of a list of reports.
const ReportsVersion = "gpufragtop-reports/1"

//go:embed reports.schema.json
var reportsSchema []byte

// ReportsSchema is the JSON Schema (2020-12) of a list of reports.
func ReportsSchema() []byte { return bytes.Clone(reportsSchema) }

// EncodeReports writes a list of reports as JSON, in its order, on one line
// unless indented. folder is where they lie.
func EncodeReports(out io.Writer, folder string, entries []fragcalc.ReportEntry, indent bool) error {
	w := &writer{}
	w.open('{')
	w.text("schema", ReportsVersion)
	w.text("folder", folder)
	w.array("reports", len(entries), func(i int) {
		e := &entries[i]
		w.text("name", e.Name)
		w.text("path", e.Path)
		w.nameOrNull("reason", e.Reason)
		if e.Snapshot == nil {
			for _, name := range []string{"host", "pid", "command", "job", "gpu_uuid", "report"} {
				w.plainNull(name)
			}
			return
		}
		p := &e.Snapshot.Processes[0]
		w.text("host", e.Snapshot.Host)
		w.integer("pid", int64(p.PID))
		w.text("command", p.Command)
		w.nameOrNull("job", p.Job)
		w.text("gpu_uuid", p.GPUUUID)
		w.report(e.Snapshot.Report)
	})
	w.close('}')
	return write(out, w.out, indent)
}
