package document

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc/explain"
)

// explained is the document of a pasted text.
func explained(t *testing.T, pasted string) []byte {
	t.Helper()
	e, err := explain.Explain(pasted)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := EncodeExplanation(&out, e, false); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const crowded = "CUDA out of memory. Tried to allocate 3.00 GiB. GPU 2 has a total capacity of 40.00 GiB of which 1.00 GiB is free. " +
	"Process 77 has 20.00 GiB memory in use. Including non-PyTorch memory, this process has 19.00 GiB memory in use. 32.00 GiB allowed; " +
	"Of the allocated memory 18.00 GiB is allocated by PyTorch, with 512.00 MiB allocated in private pools (e.g., CUDA Graphs), and 0 bytes is reserved by PyTorch but unallocated."

func TestExplanationKnowsEveryKey(t *testing.T) {
	checkKeys(t, compiled(t, ExplainSchema()), decoded(t, explained(t, crowded)))
}

// Unknown figures are null, and no list is null.
func TestExplanationOfLittleIsWhole(t *testing.T) {
	document := explained(t, "RuntimeError: CUDA error: out of memory")
	if err := compiled(t, ExplainSchema()).Validate(decoded(t, document)); err != nil {
		t.Error(err)
	}
	if want := []byte(`"device":null,"figures":{"request_bytes":null,`); !bytes.Contains(document, want) {
		t.Errorf("%s\ndoes not have %s", document, want)
	}
}

func TestExplanationSchemaKnowsEveryVerdict(t *testing.T) {
	schema := compiled(t, ExplainSchema())
	for _, verdict := range []explain.Verdict{
		explain.Stranded, explain.TooBig, explain.OtherProcesses, explain.PrivatePools, explain.Cap, explain.OtherAllocator, explain.Unclear,
	} {
		var out bytes.Buffer
		if err := EncodeExplanation(&out, explain.Explanation{Verdict: verdict, Messages: 1}, true); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(decoded(t, out.Bytes())); err != nil {
			t.Errorf("%s: %v", verdict, err)
		}
	}
	if err := schema.Validate(decoded(t, fmt.Appendf(nil, "{}"))); err == nil {
		t.Error("the schema takes anything")
	}
}
