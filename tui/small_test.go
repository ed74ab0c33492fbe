package tui

import (
	"regexp"
	"strings"
	"testing"
)

// Without a header the figures of a device say what they are.
func TestFiguresOfADeviceAreNamedWithoutAHeader(t *testing.T) {
	for _, width := range []int{40, 80, 120} {
		d := newDriver(t, width, 10).sample(testNode(1, 2, 9))
		d.keys("u", "u")
		for _, unit := range []string{"MiB", "bytes", "", "GiB"} {
			if got := d.screen()[1]; !regexp.MustCompile(`^.  0 .*\d[.\dMGK]* free$`).MatchString(got) {
				t.Errorf("at %d cells, sizes in %q: %q", width, unit, got)
			}
			d.keys("u")
		}
	}
	d := newDriver(t, 120, 10).sample(testNode(1, 2, 9))
	if got := d.screen()[1]; !strings.Contains(got, " stranded") {
		t.Errorf("at 120 cells %q", got)
	}
}

// On a small screen a pane has all the room between title and keys.
func TestAPaneHasTheWholeOfASmallScreen(t *testing.T) {
	d := newDriver(t, 40, 10).sample(goldenNode())
	d.keys("?")
	for i, line := range d.screen()[1:9] {
		if strings.TrimSpace(line) == "" || strings.Contains(line, "not supported") || strings.Contains(line, "48049") {
			t.Errorf("line %d of the help is %q", i, line)
		}
	}
	d.keys("esc")
	d.shows("not supported", "48049: ")
}

// Where the answers of a fit have no room beside the names of streams, they stand
// below them.
func TestNamesInAFitAreWhole(t *testing.T) {
	d := newDriver(t, 40, 14).sample(goldenNode())
	d.keys("f")
	d.shows("  default stream", "  yes     as new memory")
}
