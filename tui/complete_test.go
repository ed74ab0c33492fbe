package tui

import (
	"strings"
	"testing"
)

// written is what stands in the filter line.
func (d *driver) written() string { return d.app.filter.input.Value() }

func TestTabCompletesTheNamesOfFields(t *testing.T) {
	d := newDriver(t, 80, 24).sample(testNode(1, 2, 9))
	d.keys("/", "u", "s", "tab")
	if got := d.written(); got != "used" {
		t.Errorf("us completes to %q", got)
	}
	d.keys("tab")
	if got := d.written(); got != "user" {
		t.Errorf("then to %q", got)
	}
	d.keys("tab", "shift+tab", "=", "=", "b", "o", "b", " ", "&", " ", "r", "e", "l", "s", "tab", ">", "0")
	if got := d.written(); got != "user==bob & releasable>0" {
		t.Errorf("written is %q", got)
	}
	d.hides("is no field")
	d.keys("left", "left", "left", "tab") // in the middle of a word
	if got := d.written(); got != "user==bob & releasablee>0" {
		t.Errorf("written is %q", got)
	}
	d.keys("esc", "/", "x", "y", "z", "tab")
	if got := d.written(); got != "xyz" {
		t.Errorf("xyz completes to %q", got)
	}
}

// An error of a filter says within 80 cells what would be right.
func TestAFiltersErrorFitsANarrowScreen(t *testing.T) {
	d := newDriver(t, 80, 24).sample(testNode(1, 2, 9))
	d.keys("/")
	d.shows("Tab: its fields")
	for _, letter := range "usr==bob" {
		d.keys(string(letter))
	}
	d.shows(`"usr" is no field: did you mean used or user?`)
	d.keys("esc", "/")
	for _, letter := range "zone==1" {
		d.keys(string(letter))
	}
	d.shows("there are memory", "…", "Tab completes")
}

// What stands above a column is a name of it in filters.
func TestHeadingsAreNamesInFilters(t *testing.T) {
	d := newDriver(t, 120, 40).sample(deepNode())
	for _, c := range processColumns() {
		heading := strings.ToLower(c.Title)
		names := d.app.views.node().list().FieldNames(heading)
		if c.Key == "trend" || strings.Contains(c.Key, "/") { // cannot be compared
			continue
		}
		if len(names) == 0 {
			t.Errorf("%s is no name of %s", c.Title, c.Key)
		}
		for _, name := range names {
			if name == c.Key {
				names = nil
			}
		}
		if names != nil {
			t.Errorf("%s is a name of %v, not of %s", c.Title, names, c.Key)
		}
	}
	d.keys("enter", "/")
	for _, letter := range "RELSBL>0" {
		d.keys(string(letter))
	}
	d.hides("is no field")
}
