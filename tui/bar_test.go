package tui

import (
	"testing"
)

// At 80 cells the key bar names the keys that matter most in a tab.
func TestTheKeyBarNamesWhatMatters(t *testing.T) {
	for _, at := range []struct{ walk, named []string }{
		{nil, []string{"r release", "f fits?", "s sort", "/ filter"}},
		{[]string{"enter"}, []string{"esc back", "v map", "S stacks", "B worst", "r release", "s sort"}},
		{[]string{"enter", "enter"}, []string{"esc back", "v map", "S stacks", "B worst", "r release", "s sort"}},
		{[]string{"enter", "enter", "enter"}, []string{"esc back", "v map", "S stacks", "r release", "s sort", "/ filter"}},
		{[]string{"enter", "v"}, []string{"esc back", "+ zoom", "n hole", "B pinned", "b free", "s order"}},
		{[]string{"enter", "S"}, []string{"esc back", "e calls", "E whole stacks", "s sort", "/ filter"}},
		{[]string{"enter", "H"}, []string{"esc back", "- longer", "+ shorter", "n next event"}},
		{[]string{"enter", "'"}, []string{"esc back", "m mark", "s sort", "/ filter"}},
	} {
		d := demoDriver(t, 80, 24)
		d.keys(at.walk...)
		d.shows(append(at.named, "? help", "q quit")...)
	}
}
