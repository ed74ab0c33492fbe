package document

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
)

func compiled(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// full is a node with something under every key.
func full() *fragcalc.Snapshot {
	s := node(measured(), unknown())
	s.Faults = []fragcalc.Fault{{Scope: fragcalc.ScopeNode, Field: "nvml", Reason: "no driver"}, {Scope: fragcalc.ScopeGPU, GPUUUID: uuid, Field: "x"}}
	return s
}

func TestSchema(t *testing.T) {
	schema := compiled(t, Schema())
	for name, document := range map[string][]byte{
		"empty node":  encode(t, &fragcalc.Snapshot{}, Options{}),
		"all known":   encode(t, node(measured()), Options{}),
		"all unknown": encode(t, &fragcalc.Snapshot{GPUs: []fragcalc.GPU{{UUID: uuid}}, Processes: []fragcalc.Process{unknown()}}, Options{}),
		"detail":      encode(t, full(), Options{Detail: true}),
		"for people":  encode(t, full(), Options{Detail: true, Indent: true}),
	} {
		if err := schema.Validate(decoded(t, document)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The demo node has processes of every kind.
func TestDemoFitsTheSchema(t *testing.T) {
	s := demo.NewNode(1).Snapshot(time.Unix(1_700_000_000, 0))
	if err := compiled(t, Schema()).Validate(decoded(t, encode(t, s, Options{Detail: true}))); err != nil {
		t.Error(err)
	}
}

func decoded(t *testing.T, document []byte) any {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatalf("%v: %s", err, document)
	}
	return parsed
}

// Every key is required and has a type: a document without it, or with an
// object in its place, must fail. The segments of pools come with detail only;
// what the evidence of advice is called depends on its rule.
func TestSchemaKnowsEveryKey(t *testing.T) {
	checkKeys(t, compiled(t, Schema()), decoded(t, encode(t, full(), Options{Detail: true})))
	var out bytes.Buffer
	if err := EncodeRelease(&out, released(), fragcalc.Unknown[int64]("not waited for")); err != nil {
		t.Fatal(err)
	}
	checkKeys(t, compiled(t, ReleaseSchema()), decoded(t, out.Bytes()))
	out.Reset()
	total := fragcalc.ReleaseReport{Outcomes: []fragcalc.ReleaseOutcome{released()}, GPUs: []fragcalc.FreedGPU{{GPUUUID: uuid, Back: fragcalc.Of[int64](3), Taken: fragcalc.Unknown[int64]("because")}}}
	if err := EncodeReleaseTotal(&out, total); err != nil {
		t.Fatal(err)
	}
	checkKeys(t, compiled(t, ReleaseTotalSchema()), decoded(t, out.Bytes()))
}

func checkKeys(t *testing.T, schema *jsonschema.Schema, document any) {
	t.Helper()
	if err := schema.Validate(document); err != nil {
		t.Fatal(err)
	}
	var visit func(path string, at any)
	visit = func(path string, at any) {
		switch at := at.(type) {
		case []any:
			if len(at) == 0 && !strings.HasSuffix(path, ".pools") && !strings.HasSuffix(path, ".advice") {
				t.Errorf("%s is empty, so nothing is known of its rows", path)
			}
			for _, element := range at {
				visit(path, element)
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(at)) {
				value := at[key]
				delete(at, key)
				if schema.Validate(document) == nil && key != "segments" && !strings.HasSuffix(path, ".evidence") {
					t.Errorf("%s: a document without %q passes", path, key)
				}
				at[key] = map[string]any{"unexpected": true}
				if schema.Validate(document) == nil {
					t.Errorf("%s: %q may be anything", path, key)
				}
				at[key] = value
				visit(path+"."+key, value)
			}
		}
	}
	visit("", document)
}

// Every release status is in the schema.
func TestReleaseSchemaKnowsEveryStatus(t *testing.T) {
	schema := compiled(t, ReleaseSchema())
	for _, status := range []fragcalc.ReleaseStatus{
		fragcalc.ReleaseDone, fragcalc.ReleaseNotInstrumented, fragcalc.ReleaseNotPermitted, fragcalc.ReleasePIDReused,
		fragcalc.ReleaseGone, fragcalc.ReleaseStopped, fragcalc.ReleaseCapture, fragcalc.ReleaseBusy, fragcalc.ReleaseTooSoon,
		fragcalc.ReleaseOff, fragcalc.ReleaseReadonly, fragcalc.ReleaseExpired, fragcalc.ReleaseNoHook,
		fragcalc.ReleaseRanks, fragcalc.ReleaseUnanswered, fragcalc.ReleaseFailed,
	} {
		var out bytes.Buffer
		if err := EncodeRelease(&out, fragcalc.ReleaseOutcome{Status: status, Reason: "because"}, fragcalc.Of[int64](0)); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(decoded(t, out.Bytes())); err != nil {
			t.Errorf("%s: %v", status, err)
		}
	}
}

// A document is one line, unless it is for people.
func TestLines(t *testing.T) {
	if out := encode(t, full(), Options{Detail: true}); bytes.Count(out, []byte("\n")) != 1 || !bytes.HasSuffix(out, []byte("}\n")) {
		t.Error("a document is more than one line")
	}
	var compact, pretty any
	if json.Unmarshal(encode(t, full(), Options{}), &compact) != nil || json.Unmarshal(encode(t, full(), Options{Indent: true}), &pretty) != nil {
		t.Fatal("no valid JSON")
	}
	a, _ := json.Marshal(compact)
	b, _ := json.Marshal(pretty)
	if !bytes.Equal(a, b) {
		t.Error("indented, the document says something else")
	}
}
