package gate

import (
	"bytes"
	_ "embed" // the JSON Schema
)

//go:embed schema.json
var schema []byte

// JSONSchema is the JSON Schema (2020-12) of the JSON report.
func JSONSchema() []byte { return bytes.Clone(schema) }
