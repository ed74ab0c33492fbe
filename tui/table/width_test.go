package table

import (
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// named is a table of texts whose width grows, and a column after it.
func named() *Table[string, string] {
	return &Table[string, string]{Identity: func(r *string) string { return *r }, Columns: []Column[string]{
		{Key: "name", Title: "NAME", Width: 4, Most: 10, Text: func(_ *draw.Look, r *string) (string, paint.Role) { return *r, paint.Text }},
		{Key: "end", Title: "END", Width: 3, Text: func(*draw.Look, *string) (string, paint.Role) { return "end", paint.Text }},
	}}
}

// While one list is shown its columns grow and never shrink.
func TestColumnsDoNotMoveAbout(t *testing.T) {
	t.Parallel()
	look := &draw.Look{Glyphs: paint.Unicode()}
	list := named()
	at := func(rows ...string) int {
		list.Set(look, rows)
		return strings.Index(list.Render(look, 40, 5, true)[0], "END")
	}
	for i, step := range []struct {
		rows []string
		end  int
	}{
		{[]string{"a"}, 6},
		{[]string{"a", "a name +1"}, 11},
		{[]string{"a", "a name"}, 11},
		{[]string{"a much longer name"}, 12},
		{[]string{"a"}, 12},
	} {
		if got := at(step.rows...); got != step.end {
			t.Errorf("step %d: the column begins in cell %d, not %d", i, got, step.end)
		}
	}
	list.Anew()
	if got := at("a"); got != 6 {
		t.Errorf("of another list the column begins in cell %d", got)
	}
}
