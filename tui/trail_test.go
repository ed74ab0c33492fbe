package tui

import (
	"strings"
	"testing"
)

func TestEscGoesBackToTheMap(t *testing.T) {
	for _, depth := range [][]string{{"enter"}, {"enter", "enter"}, {"enter", "enter", "enter"}} {
		d, goOn := livingDemo(t, 140, 40)
		d.keys(depth...)
		d.keys("v", "B", "J", "J")
		title, cursor := d.screen()[0], d.app.views.memoryMap().Cursor
		d.keys("enter")
		d.shows("before it", "after it")
		if block := d.screen()[0]; !strings.Contains(block, "48121 › large · default stream › 0x") || strings.Contains(block, "map") {
			t.Errorf("the title is %q", block)
		}
		d.keys("j")
		goOn(3)
		d.keys("esc")
		if got := d.screen()[0]; got != title || d.app.views.memoryMap().Cursor != cursor {
			t.Errorf("%d levels down: back in %q at %v, was in %q at %v", len(depth), got, d.app.views.memoryMap().Cursor, title, cursor)
		}
		// From the map on as ever: to the list, and up.
		d.keys("esc")
		if at := d.app.world.place; at.tab != tabList || int(at.level) != len(depth) {
			t.Errorf("%d levels down: Esc in the map leads to %+v", len(depth), at)
		}
		for range depth {
			d.keys("esc")
		}
		d.shows("FITS-NOW")
	}
}

func TestEscGoesBackToTheStacks(t *testing.T) {
	d, _ := livingDemo(t, 140, 40)
	d.keys("S", "j", "enter")
	d.shows("BLOCK", "REQUESTED")
	d.keys("enter") // deeper, and up again level by level
	d.keys("esc")
	d.shows("BLOCK", "REQUESTED")
	d.keys("v", "enter", "enter")
	d.shows("before it", "after it")
	d.keys("esc")
	if at := d.app.world.place; at.tab != tabMap || at.level != segmentLevel {
		t.Errorf("Esc leads to %+v, not to the segment's map", at)
	}
	d.keys("esc", "esc")
	d.shows("48121 › stacks")
	d.keys("esc") // to where S was pressed
	if at := d.app.world.place; at.level != nodeLevel {
		t.Errorf("Esc leads to %+v, not to the node", at)
	}
	// What was left is forgotten.
	d.keys("S", "v", "esc", "esc", "enter", "enter", "esc")
	if at := d.app.world.place; at.level != processLevel || at.tab != tabList {
		t.Errorf("Esc leads to %+v", at)
	}
	if len(d.app.trail) > 0 {
		t.Errorf("kept %v", d.app.trail)
	}
}
