package query

import (
	"slices"
	"strings"
	"testing"
)

func TestFieldsHaveTheNamesOfTheirHeadings(t *testing.T) {
	for also, name := range map[string]string{
		"relsbl": "releasable", "gpu-mem": "memory", "mem": "memory", "%": "frag", "FITS-NOW": "fits", "host-mem": "host", "what": "framework",
	} {
		field, ok := processes.named(strings.ToLower(also))
		if !ok || field.Name != name {
			t.Errorf("%s is not %s", also, name)
		}
	}
	for _, expression := range []string{"%>30%", "frag%>0.3", "gpu-mem>=1GiB & relsbl<4GiB", "gpu==0"} {
		if _, err := ParseFilter(expression); err != nil {
			t.Errorf("%s: %v", expression, err)
		}
	}
}

// No name is that of two fields.
func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range processes.fields {
		for _, name := range append([]string{f.Name}, f.Also...) {
			if seen[name] {
				t.Errorf("%s is twice", name)
			}
			seen[name] = true
		}
	}
}

func TestANameThatIsNoneBringsThoseThatBeginAlike(t *testing.T) {
	for expression, want := range map[string]string{
		"relesable>1": `"relesable" is no field: did you mean releasable? to find it as a text write "relesable>1"`,
		"usr==bob":    `"usr" is no field: did you mean used or user? to`,
		"STRAND>1":    `"STRAND" is no field: did you mean stranded? to`,
		"zone==1":     `"zone" is no field: there are memory, reserved,`,
		"ä==1":        `"ä" is no field: there are memory, reserved,`,
	} {
		if _, err := ParseFilter(expression); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", expression, err)
		}
	}
	if got := processes.Beginning("RE"); !slices.Contains(got, "releasable") || slices.Contains(got, "memory") {
		t.Errorf("RE begins %v", got)
	}
}
