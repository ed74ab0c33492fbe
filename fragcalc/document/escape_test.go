package document

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

func TestHostileStringsAreEscaped(t *testing.T) {
	p := unknown()
	p.Command = "a\x1b]0;x\x07\u009b31m\u202e\u2028\x7f\xff\u061c\U000e0041\u00ad\"\\<é"
	out := string(encode(t, node(p), Options{}))
	want := `"command":"a\u001b]0;x\u0007\u009b31m\u202e\u2028\u007f\ufffd\u061c\udb40\udc41\u00ad\"\\<é"`
	if !strings.Contains(out, want) {
		t.Errorf("no %s in %s", want, out)
	}
	if !json.Valid([]byte(out)) {
		t.Error("no valid JSON")
	}
}

func FuzzString(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[31m\u202e\xff\U000e0041\"\\\n\t\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		out := appendString(nil, s)
		var back string
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		var want strings.Builder
		for _, r := range s { // one U+FFFD for each invalid byte
			want.WriteRune(r)
		}
		if back != want.String() {
			t.Fatalf("%q came back as %q", s, back)
		}
		for _, r := range string(out) {
			if !text.Printable(r) {
				t.Fatalf("%q lets %U through", out, r)
			}
		}
	})
}
