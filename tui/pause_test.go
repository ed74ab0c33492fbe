package tui

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// everyTab calls f in every tab of every level, each time with a driver of its
// own and what the tab is called.
func everyTab(t *testing.T, f func(t *testing.T, d *driver)) {
	for depth := range int(levelCount) {
		at := level(depth)
		views := newViews()
		for i, tab := range views.tabs(at) {
			t.Run(listNames[at]+"/"+tab.name(at), func(t *testing.T) {
				d := marked(t, 120, 40)
				d.keys(slices.Repeat([]string{"enter"}, depth)...)
				d.keys(slices.Repeat([]string{"tab"}, i)...)
				if place := d.app.world.place; place.level != at || place.tab != tab {
					t.Fatalf("at %+v", place)
				}
				f(t, d)
			})
		}
	}
}

func TestPauseHoldsEveryTab(t *testing.T) {
	everyTab(t, func(t *testing.T, d *driver) {
		d.keys("p")
		d.shows("PAUSED")
		before := d.screen()
		later := testNode(7, 2, 5)
		later.At = epoch.Add(130 * time.Second)
		d.sample(later)
		if got := d.screen(); !slices.Equal(got, before) {
			t.Errorf("paused, and the screen became\n%s\nfrom\n%s", strings.Join(got, "\n"), strings.Join(before, "\n"))
		}
		d.keys("p")
		d.hides("PAUSED")
		if slices.Equal(d.screen(), before) {
			t.Error("it does not go on")
		}
	})
}

func TestUnitsAreThoseOfEveryTab(t *testing.T) {
	everyTab(t, func(t *testing.T, d *driver) {
		shown := func() []string {
			return slices.Concat(d.app.view().render(&d.app.world, 120, 30), d.app.view().summary(&d.app.world))
		}
		automatic := shown()
		d.keys("u", "u", "u")
		d.shows("sizes in bytes")
		bytes := shown()
		if slices.Equal(bytes, automatic) {
			t.Errorf("in bytes it shows the same:\n%s", strings.Join(bytes, "\n"))
		}
		d.keys("u")
		if got := shown(); !slices.Equal(got, automatic) {
			t.Errorf("back again it shows\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(automatic, "\n"))
		}
	})
}
