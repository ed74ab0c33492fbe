// Package document encodes a snapshot as the JSON document of --json: schema
// "gpufragtop/1", units in key names, bytes as integers, addresses as hex
// strings. Every key is always there; what is unknown is null, with the reason
// in faults. The JSON Schema is schema.json.
package document

import (
	"bytes"
	"cmp"
	_ "embed" // the JSON Schema
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/price"
)

// Version is the value of the key schema.
const Version = "gpufragtop/1"

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (2020-12) of the document.
func Schema() []byte { return bytes.Clone(schema) }

// Options choose what a document holds.
type Options struct {
	Detail bool // segments and blocks of every pool
	Indent bool // for people; otherwise one line
	// GPUHourPrice is the price of an hour of a whole GPU, in any currency, for
	// waste_per_hour. price.None leaves it out.
	GPUHourPrice float64
	// ExpandableSaves computes, from a process's trace, what advice says that
	// expandable segments would save; see advice.Inputs. nil: nothing is computed.
	ExpandableSaves func(*fragcalc.Process) fragcalc.Bytes
	// Rows are those of the whole node, for jobs, where the snapshot has some of
	// them only. nil: it has all.
	Rows []fragcalc.Process
}

// Encode writes one document and a line break. It fails only when out does.
func Encode(out io.Writer, s *fragcalc.Snapshot, o Options) error {
	w := &writer{told: make(map[fault]bool, len(s.Faults)), untold: "not readable"}
	if s.From != "" {
		w.untold = "read from a file"
	}
	for _, f := range s.Faults {
		w.told[fault{f.Scope, f.GPUUUID, f.PID, f.Field}] = true
	}
	w.open('{')
	w.text("schema", Version)
	w.text("generated_at", s.At.UTC().Format(time.RFC3339Nano))
	w.text("host", s.Host)
	w.text("version", s.Version)
	w.boolean("demo", s.Demo)
	w.textOrNull("driver_version", s.Driver, "")
	w.textOrNull("cuda_version", s.CUDA, "")
	w.array("gpus", len(s.GPUs), func(i int) { w.gpu(&s.GPUs[i], s, o) })
	w.array("processes", len(s.Processes), func(i int) { w.process(&s.Processes[i], s, o) })
	w.scope = ""
	w.jobs(s, o.Rows)
	w.array("events", len(s.Events), func(i int) { w.event(&s.Events[i]) })
	faults := slices.Concat(s.Faults, w.faults)
	w.array("faults", len(faults), func(i int) { w.fault(&faults[i]) })
	w.report(s.Report)
	w.close('}')
	return write(out, w.out, o.Indent)
}

func write(out io.Writer, document []byte, indent bool) error {
	if indent {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, document, "", "  "); err != nil {
			return err
		}
		document = pretty.Bytes()
	}
	_, err := out.Write(append(document, '\n'))
	return err
}

func (w *writer) gpu(g *fragcalc.GPU, s *fragcalc.Snapshot, o Options) {
	w.scope, w.uuid, w.pid = fragcalc.ScopeGPU, g.UUID, 0
	w.integer("index", int64(g.Index))
	w.text("uuid", g.UUID)
	w.textOrNull("name", g.Name, "the driver does not name it")
	w.bytes("memory_total_bytes", g.MemoryTotal)
	w.bytes("memory_used_bytes", g.MemoryUsed)
	w.bytes("memory_free_bytes", g.MemoryFree)
	w.bytes("memory_driver_reserved_bytes", g.MemoryDriverReserved)
	w.number("utilization_percent", g.Utilization)
	w.number("temperature_celsius", g.Temperature)
	w.number("power_milliwatts", g.Power)
	stranded, slack := price.OnGPU(g.UUID, s.Processes)
	w.waste(o.GPUHourPrice, stranded, slack, g.MemoryTotal)
}

func (w *writer) event(e *fragcalc.Event) {
	w.text("at", e.At.UTC().Format(time.RFC3339Nano))
	w.text("scope", string(e.Scope))
	w.textOrNull("gpu_uuid", e.GPUUUID, "")
	w.pidOrNull(e.PID)
	w.text("kind", e.Kind)
	w.text("text", e.Text)
	w.oom(e.OOM)
}

func (w *writer) fault(f *fragcalc.Fault) {
	w.text("scope", string(f.Scope))
	w.textOrNull("gpu_uuid", f.GPUUUID, "")
	w.pidOrNull(f.PID)
	w.text("field", f.Field)
	w.text("reason", cmp.Or(f.Reason, "not available"))
}

func (w *writer) pidOrNull(pid int) {
	if pid == 0 {
		w.plainNull("pid")
		return
	}
	w.integer("pid", int64(pid))
}
