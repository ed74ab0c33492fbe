package tui

import (
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc/history"
)

// The history of a GPU speaks of the GPU, also below.
func TestTheHistoryOfAGPUSpeaksOfTheGPU(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		d := demoDriver(t, size[0], size[1])
		d.keys("H")
		d.shows("GPU 0 H100", "GPU 0: ", " in use by 3 processes, ", " GiB free.", " GiB releasable.")
		d.hides(" 48121: ", "› expandable")
		d.keys("j")
		d.shows("GPU 1: ", " in use by 5 processes, ")
	}
}

func TestTheOtherMarksAreNamed(t *testing.T) {
	last := history.Mark{Kind: history.Retry, Count: 2}
	for _, c := range []struct {
		others []history.Mark
		want   string
	}{
		{nil, ""},
		{[]history.Mark{{Kind: history.OOM, Count: 1}}, " (and 1 OOM)"},
		{[]history.Mark{{Kind: history.Retry, Count: 1}, {Kind: history.Release, Count: 1}}, " (and 1 release, 1 more retry)"},
	} {
		if got := moreMarks(append(c.others, last), last); !strings.EqualFold(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
