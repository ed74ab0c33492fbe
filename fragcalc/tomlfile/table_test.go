package tomlfile

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

type kept struct {
	Theme string            `toml:"theme,omitempty"`
	Sort  map[string]string `toml:"sort,omitempty"`
}

// fileOf is a file with a table of ours in it.
type fileOf struct {
	Delay  float64           `toml:"delay"`
	Text   string            `toml:"text"`
	List   []string          `toml:"list"`
	View   kept              `toml:"view"`
	Behind map[string]string `toml:"behind"`
}

const note = "kept by the program"

func TestSetTable(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"nothing yet": {"", "# kept by the program\n[view]\ntheme = 'nord'\n"},
		"at the end": {"# mine\ndelay = 2 # slow",
			"# mine\ndelay = 2 # slow\n\n# kept by the program\n[view]\ntheme = 'nord'\n"},
		"where it stood": {"delay = 2\n[view] # old\ntheme = \"old\"\n# a word of mine\n  [view.sort]\nx = \"y\"\n\n# of behind\n[behind]\na = \"b\"\n",
			"delay = 2\n# kept by the program\n[view]\n# a word of mine\ntheme = 'nord'\n\n# of behind\n[behind]\na = \"b\"\n"},
		"in pieces": {"[view.sort]\nx = \"y\"\n[behind]\na = \"b\"\n[view]\ntheme = \"old\"",
			"# kept by the program\n[view]\ntheme = 'nord'\n[behind]\na = \"b\"\n"},
		"what only looks like it": {"text = \"\"\"\n[view]\ntheme = 3\n\"\"\"\nlist = [\n# [view]\n\"[view]\",\n]\n",
			"text = \"\"\"\n[view]\ntheme = 3\n\"\"\"\nlist = [\n# [view]\n\"[view]\",\n]\n\n# kept by the program\n[view]\ntheme = 'nord'\n"},
		"windows": {"delay = 2\r\n[\"view\"]\r\ntheme = \"old\"\r\n", "delay = 2\r\n# kept by the program\n[view]\ntheme = 'nord'\n"},
	} {
		got, err := SetTable([]byte(c.source), "view", note, kept{Theme: "nord"})
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, c.want)
			continue
		}
		again, err := SetTable(got, "view", note, kept{Theme: "nord"})
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("%s: written again: %v\n%s", name, err, again)
		}
		var file fileOf
		if err := Decode(got, &file); err != nil || file.View.Theme != "nord" {
			t.Errorf("%s: %v, %+v", name, err, file)
		}
	}
	for _, source := range []string{"\xef\xbb\xbfdelay = 1", "delay = ", "[view"} {
		if got, err := SetTable([]byte(source), "view", note, kept{}); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v: %q", source, err, got)
		}
	}
}

// Whatever a file holds, everything but the table is as it was, and the table
// holds what was set; or there is an error.
func FuzzSetTable(f *testing.F) {
	f.Add("a = 1\n[view]\nb = 2\n[[c]]\nd = '''\n[view]\n'''\n")
	f.Add("[x]\n[view.sort]\n# c\n\n[y.view]\n")
	f.Add("view.theme = \"x\"\n")
	f.Fuzz(func(t *testing.T, source string) {
		var before map[string]any
		if toml.Unmarshal([]byte(source), &before) != nil {
			return
		}
		want := kept{Theme: "nord", Sort: map[string]string{"a b": "-c"}}
		got, err := SetTable([]byte(source), "view", note, want)
		if err != nil {
			return
		}
		var after map[string]any
		if err := toml.Unmarshal(got, &after); err != nil {
			if _, other := before["view"]; other {
				return // it was defined in another way: the caller sees that it cannot be decoded
			}
			t.Fatalf("%v\n%q\n%q", err, source, got)
		}
		view, _ := after["view"].(map[string]any)
		if view["theme"] != "nord" {
			t.Fatalf("%q: %v", got, after)
		}
		delete(before, "view")
		delete(after, "view")
		if len(before)+len(after) > 0 && !reflect.DeepEqual(before, after) && !strings.Contains(source, "nan") {
			t.Fatalf("%q: %v, was %v", got, after, before)
		}
	})
}
