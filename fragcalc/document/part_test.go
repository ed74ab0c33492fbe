package document

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc/ranks"
)

// A part is what the document has in its place, key by key.
func TestPartsAreThoseOfTheDocument(t *testing.T) {
	s := node(measured(), measured())
	s.Processes[1].PID, s.Processes[1].StartTicks = 43, 4712
	var out bytes.Buffer
	options := Options{Detail: true, GPUHourPrice: 2}
	if err := Encode(&out, s, options); err != nil {
		t.Fatal(err)
	}
	var whole map[string]any
	if err := json.Unmarshal(out.Bytes(), &whole); err != nil {
		t.Fatal(err)
	}
	first := func(of map[string]any, name string) map[string]any { return of[name].([]any)[0].(map[string]any) }
	process := first(whole, "processes")
	pool := first(process, "pools")
	segment := first(pool, "segments")
	groups := ranks.Groups(s.Processes)
	p := &s.Processes[0]
	for name, c := range map[string]struct {
		part Part
		want map[string]any
	}{
		"gpu":     {Part{GPU: &s.GPUs[0]}, first(whole, "gpus")},
		"job":     {Part{Job: &groups[0]}, first(whole, "jobs")},
		"process": {Part{Process: p}, process},
		"pool":    {Part{Pool: &p.Pools[0]}, pool},
		"segment": {Part{Segment: &p.Pools[0].Segments[0]}, segment},
		"block":   {Part{Block: &p.Pools[0].Segments[0].Blocks[0]}, first(segment, "blocks")},
	} {
		var one bytes.Buffer
		if err := EncodePart(&one, s, c.part, options); err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(one.Bytes(), &got); err != nil || len(got) == 0 {
			t.Fatalf("%s: %v: %s", name, err, one.Bytes())
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if err := EncodePart(&out, s, Part{}, options); err == nil {
		t.Error("nothing has a part")
	}
}
