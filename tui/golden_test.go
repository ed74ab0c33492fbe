package tui

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

var update = flag.Bool("update", false, "write the golden files anew")

// goldenNode is the node of the golden screens.
func goldenNode() *fragcalc.Snapshot {
	s := testNode(1, 2, 9)
	s.Faults = []fragcalc.Fault{
		{Scope: fragcalc.ScopeGPU, GPUUUID: s.GPUs[1].UUID, Field: "power", Reason: "not supported"},
		{Scope: fragcalc.ScopeProcess, PID: 48007, Field: "user", Reason: "process is gone"},
	}
	return s
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./tui -update writes it)", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestGoldenScreens(t *testing.T) {
	for _, view := range []struct {
		name string
		keys []string
	}{
		{"node", nil},
		{"process", []string{"enter"}},
		{"pool", []string{"enter", "enter"}},
		{"segment", []string{"enter", "enter", "enter"}},
		{"block", []string{"enter", "enter", "enter", "enter", "j", "j"}},
		{"inside", []string{"end", "enter"}},
		{"release", []string{"r"}},
		{"fit", []string{"f"}},
		{"record", []string{"w"}},
		{"tape", []string{"ctrl+r"}},
		{"signal", []string{"x"}},
		{"signal-asked", []string{"x", "enter"}},
		{"log", []string{"l"}},
		{"sort", []string{"s"}},
		{"columns", []string{"c", "j"}},
		{"columns-blocks", []string{"enter", "enter", "enter", "c"}},
		{"filter-blocks", []string{"enter", "enter", "enter", ">", ">", "/", "f", "r", "e", "e", "enter"}},
		{"help", []string{"?"}},
		{"filter", []string{"/", "b", "o", "b"}},
	} {
		for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}, {200, 60}, {40, 10}} {
			name := fmt.Sprintf("%s-%dx%d", view.name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				d := newDriver(t, size.width, size.height, withSignaller(&signaller{})).sample(goldenNode())
				d.keys(view.keys...)
				compareGolden(t, name, strings.Join(d.screen(), "\n")+"\n")
			})
		}
	}
}

// Of a node of which nothing is known every view says so.
func TestGoldenUnknown(t *testing.T) {
	views := newViews()
	for at, depth := nodeLevel, 0; at <= processLevel; at, depth = at+1, depth+1 {
		for i, tab := range views.tabs(at) {
			for _, size := range []struct{ width, height int }{{80, 24}, {40, 10}} {
				name := fmt.Sprintf("unknown-%s-%dx%d", strings.ToLower(tab.name(at)), size.width, size.height)
				if at == processLevel {
					name = fmt.Sprintf("unknown-process-%s-%dx%d", strings.ToLower(tab.name(at)), size.width, size.height)
				}
				t.Run(name, func(t *testing.T) {
					d := newDriver(t, size.width, size.height).sample(unknownNode())
					d.keys("P", "g", "j") // the first that is instrumented
					for range depth {
						d.keys("enter")
					}
					for range i {
						d.keys("tab")
					}
					screen := strings.Join(d.screen(), "\n") + "\n"
					if zero := regexp.MustCompile(`\b0(\.0+)? ?([KMGT]|%|B)`).FindString(screen); zero != "" {
						t.Errorf("what is unknown is shown as %q:\n%s", zero, screen)
					}
					compareGolden(t, name, screen)
				})
			}
		}
	}
}

func TestGoldenStyles(t *testing.T) {
	for name, environment := range map[string]map[string]string{
		"node-ascii":    {"TERM": "xterm", "LANG": "C", "NO_COLOR": "1"},
		"node-16colors": {"TERM": "xterm", "LANG": "C.UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDriver(t, 80, 24, func(o *Options) {
				o.Getenv = func(name string) string { return environment[name] }
			}).sample(goldenNode())
			compareGolden(t, name, strings.ReplaceAll(d.app.View(), "\x1b", "^[")+"\n")
		})
	}
}

func TestGoldenStart(t *testing.T) {
	compareGolden(t, "start-80x24", strings.Join(newDriver(t, 80, 24).screen(), "\n")+"\n")
}

func TestGoldenOnce(t *testing.T) {
	for name, o := range map[string]OnceOptions{"once": {}, "once-80-ascii": {Width: 80, ASCII: true}} {
		var out bytes.Buffer
		if err := WriteOnce(&out, goldenNode(), o); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(out.Bytes(), "\x1b\r\t") {
			t.Errorf("%s: an escape in plain text", name)
		}
		compareGolden(t, name, out.String())
	}
}
