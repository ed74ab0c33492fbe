package document

import (
	"bytes"
	_ "embed" // the JSON Schema
	"io"

	"github.com/gpufragtop/gpufragtop/fragcalc/explain"
)

// ExplainVersion is the value of the key schema of an explanation.
const ExplainVersion = "gpufragtop-explain/1"

//go:embed explain.schema.json
var explainSchema []byte

// ExplainSchema is the JSON Schema (2020-12) of an explanation.
func ExplainSchema() []byte { return bytes.Clone(explainSchema) }

// EncodeExplanation writes what an out-of-memory message means as JSON, on one
// line unless indented.
func EncodeExplanation(out io.Writer, e explain.Explanation, indent bool) error {
	w := &writer{}
	w.open('{')
	w.text("schema", ExplainVersion)
	w.text("verdict", string(e.Verdict))
	w.text("source", e.Source)
	w.integer("messages", int64(e.Messages))
	w.bytes("device", e.Device)
	w.key("figures")
	w.open('{')
	w.bytes("request_bytes", e.Figures.Request)
	w.bytes("capacity_bytes", e.Figures.Capacity)
	w.bytes("free_bytes", e.Figures.Free)
	w.bytes("allowed_bytes", e.Figures.Allowed)
	w.bytes("process_bytes", e.Figures.Process)
	w.bytes("reserved_bytes", e.Figures.Reserved)
	w.bytes("used_bytes", e.Figures.Used)
	w.bytes("parked_bytes", e.Figures.Parked)
	w.bytes("unallocated_bytes", e.Figures.Unallocated)
	w.close('}')
	w.array("other_processes", len(e.Processes), func(i int) {
		w.integer("pid", e.Processes[i].PID)
		w.bytes("bytes", e.Processes[i].Bytes)
	})
	explanationTexts(w, "lines", e.Lines)
	explanationTexts(w, "next", e.Next)
	w.close('}')
	return write(out, w.out, indent)
}

// explanationTexts writes a named array of strings.
func explanationTexts(w *writer, name string, texts []string) {
	w.key(name)
	w.open('[')
	for _, text := range texts {
		w.comma()
		w.out = appendString(w.out, text)
	}
	w.close(']')
}
