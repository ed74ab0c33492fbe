package document

import (
	"bytes"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
)

func doctored(t *testing.T, r wayin.Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := EncodeDoctor(&out, r, false); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDoctorKnowsEveryKey(t *testing.T) {
	checkKeys(t, compiled(t, DoctorSchema()), decoded(t, doctored(t, wayin.Report{Version: "1", Host: "h", PID: 7, Command: "c", Line: "l",
		Findings: []wayin.Finding{{Level: wayin.Problem, Topic: "nvml", What: "w", Why: "y", Do: "d"}}})))
}

// What is not there is null, and no list is.
func TestDoctorOfLittleIsWhole(t *testing.T) {
	document := doctored(t, wayin.Report{})
	if err := compiled(t, DoctorSchema()).Validate(decoded(t, document)); err != nil {
		t.Error(err)
	}
	for _, want := range []string{`"pid":null,"command":null,"blocked":false,"findings":[],"line":null`} {
		if !bytes.Contains(document, []byte(want)) {
			t.Errorf("%s\ndoes not have %s", document, want)
		}
	}
}
