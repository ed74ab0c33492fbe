package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/advice"
)

// What is told of the selection is whole where the list leaves rows blank, and
// the tabs are named there.
func TestBlankRowsTellMore(t *testing.T) {
	d := demoDriver(t, 80, 24)
	d.shows(" Processes  H History  ' Change", "RESERVED", "50018")
	words := strings.Join(strings.Fields(strings.Join(d.screen(), " ")), " ")
	for _, want := range append(d.app.summary, d.app.advice[0].Text) {
		if !strings.Contains(words, want) {
			t.Errorf("%q is not told whole", want)
		}
	}
	d.hides("fits now…")
}

// A list that needs every row keeps it.
func TestAFullListKeepsItsRows(t *testing.T) {
	for _, processes := range []int{12, 13, 14, 40} {
		d := newDriver(t, 80, 24).sample(testNode(1, 2, processes))
		rows := 0
		for _, line := range d.screen() {
			if fields := strings.Fields(strings.TrimPrefix(line, "▸")); len(fields) > 3 && strings.HasPrefix(fields[0], "48") && !strings.HasSuffix(fields[0], ":") {
				rows++
			}
		}
		if want := min(processes, d.app.views.node().processes.Page); rows != want {
			t.Errorf("%d of %d processes are listed, want %d", rows, processes, want)
		}
		if processes == 40 {
			d.hides("H History")
			lines := d.screen()
			if first := lines[len(lines)-len(d.app.bottom(0))]; !strings.Contains(first, " stranded in ") {
				t.Errorf("the lines at the bottom took rows of a full list: they begin with %q", first)
			}
		}
	}
}

// What can be done stands before what is only to be known.
func TestWhatCanBeDoneComesFirst(t *testing.T) {
	d := newDriver(t, 80, 24)
	for moment := range 3 {
		s := testNode(1, 2, 9)
		s.At = epoch.Add(time.Duration(moment) * time.Minute)
		for i := range s.Processes {
			if p := &s.Processes[i]; p.PID == 48049 {
				p.AllocRetries = fragcalc.Of(int64(2 * moment))
			}
		}
		d.sample(s)
	}
	var said []string
	for _, one := range d.app.advice {
		said = append(said, one.Rule)
	}
	if all := strings.Join(said, " "); !strings.HasPrefix(all, "expandable_segments ") || !strings.HasSuffix(all, " retries") {
		t.Errorf("the order is %s", all)
	}
	d.shows("› expandable_segments:True may help against")
	for _, one := range []struct {
		rule string
		want bool
	}{{"retries", false}, {"not_fragmentation", false}, {"settings_clash", true}, {"pinned_segments", true}} {
		if a := (advice.Advice{Rule: one.rule}); a.Actionable() != one.want {
			t.Errorf("%s: %t", one.rule, !one.want)
		}
	}
}
