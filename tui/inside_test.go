package tui

import (
	"strings"
	"testing"
)

func TestSeeInsideNamesTheLineToCopy(t *testing.T) {
	d := newDriver(t, 80, 24).sample(testNode(1, 2, 9))
	d.keys("end", "enter")
	if line := d.line("gpufragtop run"); line != "gpufragtop run -- llama-server -m model.gguf --port 8080" {
		t.Errorf("%q", line)
	}
	d.shows("512 MiB of GPU memory", "framework llama.cpp", "Unknown:")
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
