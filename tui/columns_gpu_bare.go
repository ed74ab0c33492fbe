package tui

import (
	"strconv"

	"github.com/gpufragtop/gpufragtop/tui/draw"
	"github.com/gpufragtop/gpufragtop/tui/paint"
	"github.com/gpufragtop/gpufragtop/tui/table"
)

// bareGPUColumns are those of a list of devices without a header: its figures say
// themselves what they are.
func bareGPUColumns() []table.Column[gpuRow] {
	named := func(state paint.Role, width, rank int) table.Column[gpuRow] {
		return table.Column[gpuRow]{Width: width, Size: true, Rank: rank, Right: true,
			Text: func(l *draw.Look, r *gpuRow) (string, paint.Role) {
				text, role := r.memory.text(l, []paint.Role{state})
				return text + " " + stateName(state), role
			}}
	}
	return []table.Column[gpuRow]{
		{Width: 3, Right: true, Text: func(_ *draw.Look, r *gpuRow) (string, paint.Role) {
			return strconv.Itoa(r.Index), paint.Title
		}},
		{Picture: true, Width: 14, Flex: true, Rank: 1, Draw: drawGPUBar},
		named(paint.Stranded, 15, 3),
		named(paint.Free, 11, 2),
	}
}
