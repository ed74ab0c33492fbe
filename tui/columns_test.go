package tui

import (
	"slices"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// header is the line of titles that begins with one.
func (d *driver) header(first string) []string {
	d.t.Helper()
	for _, line := range d.screen() {
		fields := strings.Fields(strings.NewReplacer("▲", " ", "▼", " ").Replace(line))
		if len(fields) > 2 && fields[0] == first {
			return fields
		}
	}
	d.t.Fatalf("no header with %s:\n%s", first, strings.Join(d.screen(), "\n"))
	return nil
}

func TestColumnsAreChosen(t *testing.T) {
	d := newDriver(t, 80, 24).sample(testNode(1, 2, 9))
	before := d.header("PID")
	if slices.Contains(before, "PENDING") || !slices.Contains(before, "LARGEST") {
		t.Fatalf("columns %v", before)
	}
	d.keys("c")
	d.shows("Columns of processes", "[x] PID", "there is room", "Space shows or leaves out")
	toPending := slices.IndexFunc(states(d), func(c table.ColumnState) bool { return c.Key == "pending" })
	d.keys("g")
	for range toPending {
		d.keys("j")
	}
	d.shows("[ ] PENDING    no room")
	d.keys(" ")
	d.shows("[x] PENDING    chosen")
	d.keys("j", "j", "j", "j", "j") // to LARGEST
	for !strings.Contains(d.paneCursor(), "LARGEST") {
		d.keys("j")
	}
	d.keys(" ", "esc")
	d.hides("Columns of")
	after := d.header("PID")
	if !slices.Contains(after, "PENDING") || slices.Contains(after, "LARGEST") {
		t.Errorf("columns %v", after)
	}
	// What is left out cannot be seen, but can be sorted by; and one that is
	// empty is not in the way of others.
	d.keys("f2", "=")
	d.keys("esc")
	if got := d.header("PID"); !slices.Equal(got, before) {
		t.Errorf("%v, was %v", got, before)
	}
}

func states(d *driver) []table.ColumnState {
	list, _ := d.app.listing()
	return list.ColumnStates()
}

// paneCursor is the line of a pane that the cursor is on.
func (d *driver) paneCursor() string {
	d.t.Helper()
	for _, line := range d.screen() {
		if _, inside, ok := strings.Cut(line, "│ ▸"); ok {
			return inside
		}
	}
	d.t.Fatalf("no pane with a cursor:\n%s", strings.Join(d.screen(), "\n"))
	return ""
}

func TestColumnsMove(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("enter", "enter", "c")
	d.shows("Columns of segments")
	d.keys("j", "j", ">", "esc") // USED past ROUNDING
	if got := d.header("SEGMENT"); !slices.Equal(got[1:4], []string{"SIZE", "ROUNDING", "USED"}) {
		t.Errorf("columns %v", got)
	}
	list, _ := d.app.listing()
	saved := list.ColumnSettings()
	if len(saved) != len(states(d)) || saved[2] != "rounding" {
		t.Errorf("settings %v", saved)
	}
	other := newSegmentTable()
	if unknown := other.SetColumns(append([]string{"-map", "nonsense", "+"}, saved...)); !slices.Equal(unknown, []string{"nonsense", "+", "map"}) {
		t.Errorf("unknown: %v", unknown)
	}
	if got := other.ColumnSettings(); got[0] != "-map" || got[3] != "rounding" || len(got) != len(saved) {
		t.Errorf("settings %v became %v", saved, got)
	}
	d.keys("c", "g", "<", "G", ">") // to nowhere
	d.keys("=", "esc")
	if got := d.header("SEGMENT"); got[2] != "USED" {
		t.Errorf("columns %v", got)
	}
}

// Whatever is chosen, lines are as wide as the screen and no wider.
func TestNoChoiceOfColumnsBreaksTheScreen(t *testing.T) {
	for _, size := range [][2]int{{200, 60}, {80, 24}, {30, 12}, {12, 5}, {1, 1}} {
		for depth := range 4 {
			d := newDriver(t, size[0], size[1]).sample(testNode(1, 2, 9))
			d.keys(slices.Repeat([]string{"enter"}, depth)...)
			list, _ := d.app.listing()
			for _, choice := range []table.ColumnChoice{table.ColumnAlways, table.ColumnNever} {
				for _, c := range list.ColumnStates() {
					list.ChooseColumn(c.Key, choice)
					checkBounds(t, d, size[0], size[1], []string{c.Key})
				}
				d.keys("c")
				checkBounds(t, d, size[0], size[1], []string{"c"})
				d.keys("u", " ", "j", "G", " ", "<", "esc")
				d.keys(">", "I", "<")
				checkBounds(t, d, size[0], size[1], []string{"sort"})
			}
		}
	}
}

// So it is in tabs of several lists.
func TestColumnsOfChanges(t *testing.T) {
	for _, keys := range [][]string{nil, {"enter"}, {"enter", "enter"}, {"enter", "enter", "enter"}} {
		d := marked(t, 100, 40)
		d.keys(keys...)
		d.keys("'")
		for _, list := range d.app.views.lists() {
			for _, choice := range []table.ColumnChoice{table.ColumnAlways, table.ColumnNever, table.ColumnAuto} {
				for _, c := range list.ColumnStates() {
					list.ChooseColumn(c.Key, choice)
					list.MoveColumn(c.Key, 1)
					checkBounds(t, d, 100, 40, []string{c.Key})
				}
			}
			list.ResetColumns()
		}
		d.keys("c", " ", "<")
		checkBounds(t, d, 100, 40, []string{"c"})
		d.shows("Columns of change")
	}
}

func TestTheCursorFollowsItsProcessOrStays(t *testing.T) {
	worst := func() *fragcalc.Snapshot {
		s := testNode(1, 2, 9)
		for i := range s.Processes {
			if s.Processes[i].PID == 48042 {
				s.Processes[i].GPUMemory = fragcalc.Of[int64](79 * gib)
			}
		}
		return s
	}
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
	d.keys("M", "g")
	first := strings.Fields(d.selected())[0]
	d.sample(worst())
	if got := strings.Fields(d.selected())[0]; got != first {
		t.Errorf("on %s, was on %s", got, first)
	}
	d.sample(testNode(1, 2, 9))
	d.keys("ctrl+f")
	d.shows("the cursor stays on its line", "line 1/9")
	d.sample(worst())
	if got := strings.Fields(d.selected())[0]; got != "48042" {
		t.Errorf("on %s, which is not the worst", got)
	}
	d.keys("j", "I")
	d.shows("line 2/9")
	d.keys("ctrl+f")
	d.shows("the cursor follows its process")
	d.hides("line 2/9")
	d.keys("enter", "ctrl+f")
	d.shows("whatever pool comes there")
}

// On a wide screen the command line is worth more than the last columns, and the
// stack stands beside the state.
func TestWideTablesLeaveRoomForWhatIsRead(t *testing.T) {
	d := demoDriver(t, 200, 60)
	d.shows("python train.py --config pretrain.yaml"[:24])
	for _, line := range d.screen() {
		if strings.Contains(line, "python train.py") && strings.Contains(line, "alice   0") && strings.HasSuffix(strings.TrimRight(line, " "), "--con…") {
			t.Errorf("the command is cut: %s", line)
		}
	}
	d.hides("RETRIES")
	d.keys("enter", "S", "enter")
	for _, line := range d.screen() {
		if at := strings.Index(line, "ALLOCATED BY"); at > 0 {
			if state := strings.Index(line, "STATE"); at-state > 25 {
				t.Errorf("the stack is %d columns away from the state: %s", at-state, line)
			}
			return
		}
	}
	t.Error("there are no stacks")
}
