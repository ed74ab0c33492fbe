package tui

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/draw"
)

func TestProgramsAreShownByTheirNames(t *testing.T) {
	for command, want := range map[string]string{
		"/opt/python/3.11.9/bin/python3 train.py --data /data/a": "python3 train.py --data /data/a",
		"/usr/bin/python3 /home/a/train.py /data/a.py":           "python3 train.py /data/a.py",
		"python3 ./train.py":     "python3 train.py",
		"python -c /a/b":         "python -c /a/b",
		"./server -p 80":         "server -p 80",
		"/usr/bin/llama":         "llama",
		"python -m serve":        "python -m serve",
		"[kworker/0:1]":          "[kworker/0:1]",
		"pid 7, hidden by /proc": "pid 7, hidden by /proc",
		"/odd/ name":             "/odd/ name",
		"":                       "",
	} {
		p := &fragcalc.Process{Command: command}
		if got := commandLine(&draw.Look{}, p); got != want {
			t.Errorf("%q: %q, want %q", command, got, want)
		}
		if got := commandLine(&draw.Look{Paths: true}, p); got != command {
			t.Errorf("%q: %q", command, got)
		}
	}
}

func TestOnlyWhereThereIsRoomHaveProgramsPaths(t *testing.T) {
	s := testNode(1, 2, 9)
	for i := range s.Processes {
		s.Processes[i].Command = "/opt/a/long/way/to/bin/python3 eval.py"
	}
	d := newDriver(t, 120, 40).sample(s)
	d.shows("python3 eval.py")
	d.hides("/opt/a")
	for width, whole := range map[int]bool{0: true, 120: false} {
		var out bytes.Buffer
		if err := WriteOnce(&out, s, OnceOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "python3 eval.py") || strings.Contains(out.String(), "/opt/a") != whole {
			t.Errorf("width %d:\n%s", width, out.String())
		}
	}
}
