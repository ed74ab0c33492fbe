package tui

import (
	"slices"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
)

// deepNode is a node whose first process has a segment of several blocks in
// every state, one of them with a stack.
func deepNode() *fragcalc.Snapshot {
	s := testNode(1, 2, 9)
	for i := range s.Processes {
		p := &s.Processes[i]
		if len(p.Pools) == 0 {
			continue
		}
		p.Stacks = fragcalc.Stacks{{{Function: "grow_cache", File: "cache.py", Line: 7}}}
		for j := range p.Pools {
			for k := range p.Pools[j].Segments {
				blocks := p.Pools[j].Segments[k].Blocks
				for b := range blocks {
					if blocks[b].State == fragcalc.BlockUsed {
						blocks[b].Stack = 1
						break
					}
				}
			}
		}
	}
	return s
}

// rows are the first words of the table's rows on the screen, below its header.
func (d *driver) rows(header string) []string {
	d.t.Helper()
	var rows []string
	below := false
	for _, line := range d.screen() {
		fields := strings.Fields(strings.TrimLeft(line, "▸× "))
		switch {
		case len(fields) > 0 && strings.HasPrefix(fields[0], header):
			below = true
		case below && (len(fields) == 0 || !strings.HasPrefix(fields[0], "0x")):
			return rows
		case below:
			rows = append(rows, fields[0])
		}
	}
	return rows
}

func TestEveryListSorts(t *testing.T) {
	for depth, c := range []struct{ name, first, order string }{
		{"processes", "STRANDED%", "stranded / reserved"},
		{"pools", "FRAG", "stranded / reserved"},
		{"segments", "LARGEST", "largest free block"},
		{"blocks", "SIZE", "bytes of the block"},
	} {
		d := newDriver(t, 160, 50).sample(deepNode())
		d.keys(slices.Repeat([]string{"enter"}, depth)...)
		d.keys("s")
		d.shows("Sort "+c.name+" by", c.order)
		list, _ := d.app.listing()
		for _, order := range list.Orders() {
			if order.Help == "" {
				t.Errorf("%s: %s is not explained", c.name, order.Name)
			}
		}
		d.keys("g")
		for range slices.IndexFunc(list.Orders(), func(k query.Key) bool { return k.Help == c.order }) {
			d.keys("j")
		}
		d.keys("enter")
		d.shows(c.first + "▼")
		d.keys("I")
		d.shows(c.first + "▲")
		d.keys("<", ">", ">", "<")
		d.shows(c.first + "▼")
	}
}

func TestBlocksAreSortedAndFiltered(t *testing.T) {
	d := newDriver(t, 120, 50).sample(deepNode())
	d.keys("enter", "enter", "enter")
	inOrder := d.rows("BLOCK")
	if len(inOrder) < 3 || !slices.IsSorted(inOrder) {
		t.Fatalf("blocks are not in the order of their addresses: %v", inOrder)
	}
	d.shows("BLOCK▲")
	before := d.selected()
	d.keys(">", ">") // by offset, by size
	d.shows("SIZE▼")
	if d.selected() != before {
		t.Errorf("sorting moved the cursor from %q to %q", before, d.selected())
	}
	bySize := d.rows("BLOCK")
	if slices.Equal(bySize, inOrder) || len(bySize) != len(inOrder) {
		t.Errorf("by size: %v", bySize)
	}
	d.keys("/")
	d.shows("size>1MiB & stranded>0")
	for _, letter := range "state==free & size>=512" {
		d.keys(string(letter))
	}
	d.keys("enter")
	d.shows("/state==free & size>=512   Esc clears")
	free := d.rows("BLOCK")
	if len(free) == 0 || len(free) >= len(bySize) {
		t.Errorf("%d of %d blocks are free: %v", len(free), len(bySize), free)
	}
	for _, address := range free {
		if line := d.line(address); strings.Contains(line, " used") || strings.Contains(line, "pending") {
			t.Errorf("the filter lets %q through", line)
		}
	}
	d.keys("esc") // ends the filter,
	if got := d.rows("BLOCK"); !slices.Equal(got, bySize) {
		t.Errorf("without a filter: %v", got)
	}
	d.keys("/", "g", "r", "o", "w", "_", "c", "enter")
	if got := d.rows("BLOCK"); len(got) != 1 {
		t.Errorf("by the name of a stack: %v", got)
	}
	d.keys("/")
	for range "grow_c" {
		d.keys("backspace")
	}
	for _, letter := range inOrder[1] {
		d.keys(string(letter))
	}
	d.keys("enter")
	if got := d.rows("BLOCK"); !slices.Equal(got, inOrder[1:2]) {
		t.Errorf("by its address: %v, want %v", got, inOrder[1])
	}
	d.keys("/", "z", "enter")
	d.shows("No block matches the filter. Esc clears it.")
	d.keys("esc", "esc") // and only then the view
	d.shows("SEGMENT▲")
	d.keys("/")
	for _, letter := range "stack~grow & live>0" {
		d.keys(string(letter))
	}
	d.keys("enter")
	if len(d.rows("SEGMENT")) == 0 {
		t.Errorf("no segment has the stack:\n%s", strings.Join(d.screen(), "\n"))
	}
	d.keys("left") // the keys that only lead up do not end a filter
	d.shows("POOL")
	d.keys("enter")
	d.shows("/stack~grow & live>0")
	d.keys("esc", "esc", "/")
	d.shows("large, small, stream, or stranded>1GiB")
	for _, letter := range "frag>=0 & large" {
		d.keys(string(letter))
	}
	d.keys("enter")
	d.shows("large · default stream    ")
	d.hides("small · default stream    ")
	d.keys("/", "z", "enter")
	d.shows("No pool matches the filter. Esc clears it.", "small · default stream")
}

// A filter that names what a table does not have says what it has.
func TestFiltersNameTheirFields(t *testing.T) {
	d := newDriver(t, 200, 50).sample(deepNode())
	d.keys("enter", "enter", "enter", "/")
	for _, letter := range "user==bob" {
		d.keys(string(letter))
	}
	d.shows(`"user" is no field: there are address, offset, size, requested, rounding, state, by, stranded, releasable, stack`)
	d.keys("enter") // is not taken
	d.shows(`is no field`)
	d.keys("esc")
	d.hides("is no field")
}

// Every list says what a filter of it may be.
func TestEveryListHasAHint(t *testing.T) {
	d := newDriver(t, 120, 40).sample(deepNode())
	for _, list := range d.app.views.lists() {
		name, row := list.About()
		if name == "" || row == "" || list.Hint() == "" {
			t.Errorf("%q, of %q: filter by %q", name, row, list.Hint())
		}
	}
}

// A heading keeps its name whatever is sorted by, and the sign touches no other.
func TestTheSignOfTheOrderTouchesNoHeading(t *testing.T) {
	for keys, want := range map[string]string{"F": " STRANDED%▼ ", "M": " GPU-MEM▼ RESERVED ", "P": " PID▲ USER"} {
		d := newDriver(t, 120, 40).sample(testNode(1, 2, 9))
		d.keys(keys)
		d.shows(want)
	}
	d := newDriver(t, 80, 24).sample(testNode(1, 2, 9))
	d.shows(" STRANDED▼ RELSBL ")
	d.keys("F")
	d.shows(" STRANDED%▼ RELSBL ")
}
