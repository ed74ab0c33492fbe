package tui

import (
	"strings"
	"testing"
)

func TestSeeInsideNamesTheLineToCopy(t *testing.T) {
	node := testNode(1, 2, 9)
	for i := range node.Processes {
		if p := &node.Processes[i]; !p.Instrumented {
			p.Framework.Name, p.Command = "pytorch", "python serve.py --port 8080"
		}
	}
	d := newDriver(t, 80, 24).sample(node)
	d.keys("end", "enter")
	if line := d.line("gpufragtop run"); line != "gpufragtop run -- python serve.py --port 8080" {
		t.Errorf("%q", line)
	}
	d.shows("512 MiB of GPU memory", "framework torch", "Unknown:")
}

// What the shim cannot ask must not be promised.
func TestSeeInsideOfAnotherFramework(t *testing.T) {
	d := newDriver(t, 80, 24).sample(testNode(1, 2, 9))
	d.keys("end", "enter")
	d.shows("Of llama.cpp it can tell no more", "512 MiB of GPU memory")
	d.hides("gpufragtop run")
}

func TestLongCommandsCanBeCopied(t *testing.T) {
	command := "gpufragtop run -- python train.py --data /mnt/a/very/long/path/that/does/not/fit/into/one/line --x 1"
	for width := 2; width < 120; width++ {
		lines := commandLines(command, width)
		for i, line := range lines {
			if len(line) > width {
				t.Fatalf("%d: %q is too long", width, line)
			}
			if i < len(lines)-1 {
				lines[i] = strings.TrimSuffix(line, `\`)
			}
		}
		if got := strings.Join(lines, ""); got != command {
			t.Fatalf("%d: a shell reads %q", width, got)
		}
	}
}
