package blockmap

import (
	"math/rand"
	"slices"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc/change"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// What a map keeps of what it drew is never what it should draw now.
func TestKeptCellsAreThoseOfNow(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	indices := []*Index{NewIndex(bigHeap(1), Scope{}), NewIndex(bigHeap(100), Scope{}), NewIndex(bigHeap(7), Scope{})}
	look := Look{Glyphs: paint.Unicode(), Head: func(line *paint.Line, _ *Group, _ bool) { line.Text(paint.Text, "pool") }}
	changes := [][]change.Range{nil, {{Address: 1<<40 + 5<<30, Size: 3 << 30}}, {{Address: 1<<40 + 9<<30, Size: 1 << 20}}}
	m := &Map{}
	index, changed, width, height := indices[0], changes[0], 120, 40
	m.Show(index, changed)
	different := map[string]bool{}
	for step := range 600 {
		switch r.Intn(10) {
		case 0:
			index = indices[r.Intn(len(indices))]
		case 1, 2:
			changed = changes[r.Intn(len(changes))]
		case 3:
			width, height = 20+r.Intn(120), 3+r.Intn(45)
		case 4:
			m.Turn()
		case 5:
			m.Zoom(r.Intn(3) - 1)
		case 6:
			look.Static = !look.Static
		case 7:
			m.MovePages(r.Intn(5) - 2)
		default:
			m.Step(r.Intn(5) - 2)
		}
		m.Show(index, changed)
		fresh := *m
		fresh.seen = seenCells{}
		got, want := m.Render(look, width, height), fresh.Render(look, width, height)
		if !slices.Equal(got, want) {
			t.Fatalf("step %d: drawn\n%q, anew\n%q", step, got, want)
		}
		different[got[len(got)/2]] = true
	}
	if len(different) < 50 {
		t.Errorf("only %d different screens", len(different))
	}
}
