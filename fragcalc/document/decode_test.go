package document

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
)

// reencoded decodes a document and encodes it again.
func reencoded(t *testing.T, document []byte, own int) []byte {
	t.Helper()
	s, err := Decode(document, own)
	if err != nil {
		t.Fatal(err)
	}
	return encode(t, s, Options{Detail: true})
}

func TestADecodedDocumentEncodesToTheSame(t *testing.T) {
	told := node(unknown(), measured())
	told.Faults = []fragcalc.Fault{
		{Scope: fragcalc.ScopeNode, Field: "nvml", Reason: "slow"},
		{Scope: fragcalc.ScopeProcess, GPUUUID: uuid, PID: 43, Field: "used_bytes", Reason: "the page is damaged"},
	}
	for name, s := range map[string]*fragcalc.Snapshot{
		"empty":                     {},
		"all known":                 node(measured()),
		"nothing known":             node(unknown()),
		"a null told by a fault":    told,
		"the demo, long after":      withoutStacks(demo.NewNode(3).Snapshot(time.Unix(1_700_000_000, 123))),
		"a device of nothing known": {GPUs: []fragcalc.GPU{{UUID: uuid}}, Faults: []fragcalc.Fault{{Scope: fragcalc.ScopeGPU, GPUUUID: uuid, Field: "power_milliwatts", Reason: "no"}}},
	} {
		first := encode(t, s, Options{Detail: true})
		for _, own := range []int{-1, len(s.Faults)} {
			if again := reencoded(t, first, own); !bytes.Equal(first, again) {
				t.Errorf("%s, %d faults of its own: %s", name, own, cmp.Diff(string(first), string(again)))
			}
		}
	}
}

// withoutStacks leaves out what a document does not hold: advice names stacks.
func withoutStacks(s *fragcalc.Snapshot) *fragcalc.Snapshot {
	for i := range s.Processes {
		s.Processes[i].Stacks = nil
	}
	return s
}

// What the screens ask of a snapshot survives: figures, reasons and faults.
func TestADecodedSnapshotIsTheOneEncoded(t *testing.T) {
	s := node(measured(), unknown())
	s.Faults = []fragcalc.Fault{{Scope: fragcalc.ScopeProcess, GPUUUID: uuid, PID: 43, Field: "used_bytes", Reason: "the page is damaged"}}
	got, err := Decode(encode(t, s, Options{Detail: true}), len(s.Faults))
	if err != nil {
		t.Fatal(err)
	}
	s.Processes[1].Used = fragcalc.Unknown[int64]("the page is damaged") // the fault's words, which are the better ones
	if diff := cmp.Diff(s.Processes[0].Figures, got.Processes[0].Figures, cmp.Comparer(sameBytes), cmp.Comparer(sameRatio)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(s.Processes[1].Figures, got.Processes[1].Figures, cmp.Comparer(sameBytes), cmp.Comparer(sameRatio)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(s.Faults, got.Faults); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(s.Processes[0].Pools, got.Processes[0].Pools, cmp.Comparer(sameBytes), cmp.Comparer(sameRatio)); diff != "" {
		t.Error(diff)
	}
}

func sameBytes(a, b fragcalc.Bytes) bool { return a == b }
func sameRatio(a, b fragcalc.Ratio) bool { return a == b }

func TestBadDocumentsAreRefusedInWords(t *testing.T) {
	good := string(encode(t, node(measured()), Options{Detail: true}))
	for says, document := range map[string]string{
		"not a document":      "hello",
		`its schema is "[2J"`: `{"schema":"\u001b[2J"}`,
		"no address":          strings.Replace(good, `"stream":"0x55"`, `"stream":"85"`, 1),
		"no private pool":     strings.Replace(good, `"private_pool":"0,0"`, `"private_pool":"0"`, 1),
		"in state":            strings.Replace(good, `"state":"pending"`, `"state":"lost"`, 1),
		"should be at":        strings.Replace(good, `"address":"0x7f0000100000"`, `"address":"0x7f0000100001"`, 1),
	} {
		if _, err := Decode([]byte(document), -1); err == nil || !strings.Contains(err.Error(), says) || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("want %q, got %v", says, err)
		}
	}
}

func TestFiguresThatCannotBeAreUnknown(t *testing.T) {
	good := string(encode(t, node(measured()), Options{}))
	spoiled := strings.Replace(good, `"command":"python train.py"`, `"command":"a\u001b[2Jb"`, 1)
	spoiled = strings.Replace(spoiled, `"used_bytes":1048576`, `"used_bytes":-5`, 1)
	spoiled = strings.Replace(spoiled, `"share_ratio":0.0003`, `"share_ratio":1e300`, 1)
	s, err := Decode([]byte(spoiled), -1)
	if err != nil {
		t.Fatal(err)
	}
	p := s.Processes[0]
	if p.Command != "a[2Jb" || p.Used.Known() || p.Watching.Share.Known() || p.Used.Reason() != "the file says a size that cannot be" {
		t.Errorf("%q, used %v, share %v", p.Command, p.Used, p.Watching.Share)
	}
}

func FuzzDecode(f *testing.F) {
	var out bytes.Buffer
	for _, s := range []*fragcalc.Snapshot{{}, node(measured(), unknown())} {
		out.Reset()
		if err := Encode(&out, s, Options{Detail: true}); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(out.Bytes()))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		s, err := Decode(document, -1)
		if err != nil {
			return
		}
		first := encode(t, s, Options{Detail: true})
		again := reencoded(t, first, len(s.Faults))
		if again = reencoded(t, again, len(s.Faults)); !bytes.Equal(again, reencoded(t, again, len(s.Faults))) {
			t.Errorf("decoding and encoding does not settle: %s", again)
		}
	})
}
