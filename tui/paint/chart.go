package paint

import "math"

// Chart draws values over time as areas that stand on each other, with a scale
// on the left. Its lowest rows are, where they are wanted, one of marks and one
// that names times.
//
// All layers have one value for each cell of time, oldest first. Each cell
// becomes one or more columns.
type Chart struct {
	Layers []Layer // the lowest first
	Scale  int     // cells for the scale and its line; 0 = no scale
	Label  func(value float64) string
	Marks  []ChartMark // in any order; of two in a column the first in the list is shown
	Marked bool        // there is a row for marks
	Times  []string    // named at equal distances, the first at the left edge, the last at the right; none = no row
	Cursor int         // the cell it is on; less than 0 = none
}

// Layer is an area of a chart.
type Layer struct {
	Role  Role
	Glyph rune // of a full cell, so that layers differ without colour
	// Tops are its upper edges, measured from the ground: not the layer's own
	// size. Where one is unknown (negative) or lower than that of the layer
	// below, nothing of the layer is shown. Where all layers are unknown, there
	// is a gap; a known 0 is shown as a line on the ground.
	Tops []float64
}

// ChartMark is a sign under a chart.
type ChartMark struct {
	Cell int
	Sign rune
	Role Role
}

// eighths is how many heights a cell can have.
const eighths = 8

// PlotWidth is how many columns of a width are left of the scale: the most cells
// of time that a chart can show.
func (c *Chart) PlotWidth(width int) int { return max(width-c.Scale, 0) }

// Lines draws the chart into exactly height lines of at most width cells.
func (c *Chart) Lines(p *Palette, g *Glyphs, width, height int) []string {
	plot := c.PlotWidth(width)
	rows := height
	if c.Marked {
		rows--
	}
	if len(c.Times) > 0 {
		rows--
	}
	lines := make([]string, 0, max(height, 0))
	cells := 0
	if len(c.Layers) > 0 {
		cells = len(c.Layers[0].Tops)
	}
	top := c.top()
	heights := c.heights(plot, max(rows, 0), cells, top)
	from, to := c.columns(c.Cursor, plot, cells)
	labels := c.labels(max(rows, 0), top)
	row := make([]rune, plot)
	roles := make([]Role, plot)
	for r := rows - 1; r >= 0; r-- {
		for x := range plot {
			row[x], roles[x] = c.cell(g, heights[x*len(c.Layers):(x+1)*len(c.Layers)], r)
		}
		for x := from; x < to; x++ {
			roles[x] = Selection
			if row[x] == ' ' {
				row[x] = g.Box.Vertical
			}
		}
		line := c.scale(p, g, width, labels[r])
		drawRuns(line, row, roles)
		lines = append(lines, line.String())
	}
	if c.Marked && len(lines) < height {
		line := c.scale(p, g, width, "")
		c.marks(line, row, roles, cells)
		if from < to && row[from] == ' ' {
			line = c.scale(p, g, width, "")
			row[from], roles[from] = []rune(g.Up)[0], Accent
			drawRuns(line, row, roles)
		}
		lines = append(lines, line.String())
	}
	if len(c.Times) > 0 && len(lines) < height {
		lines = append(lines, c.times(p, width, plot))
	}
	return lines
}

// top is the upper end of the scale.
func (c *Chart) top() float64 {
	most := 0.0
	for i := range c.Layers {
		for _, top := range c.Layers[i].Tops {
			most = max(most, top)
		}
	}
	return NiceTop(most)
}

// NiceTop is the least round size that is not below a number of bytes: few
// digits in the unit that suits it, so that halves and quarters are round too.
func NiceTop(most float64) float64 {
	if !(most > 1) || math.IsInf(most, 0) {
		return 1
	}
	unit := 1.0
	for most > 1024*unit {
		unit *= 1024
	}
	for _, n := range [...]float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768} {
		if most <= n*unit {
			return n * unit
		}
	}
	return 1024 * unit
}

// columns are those of a cell; from = to where there are none.
func (c *Chart) columns(cell, plot, cells int) (from, to int) {
	if cell < 0 || cell >= cells {
		return 0, 0
	}
	edge := func(cell int) int { return (cell*plot + cells - 1) / cells }
	return edge(cell), edge(cell + 1)
}

// heights are the upper edges of all layers in each column, in eighths of a
// cell; less than 0 where nothing is known.
func (c *Chart) heights(plot, rows, cells int, top float64) []int {
	heights := make([]int, plot*len(c.Layers))
	for x := range plot {
		cell, edge := x*cells/max(plot, 1), -1
		for i := range c.Layers {
			value := -1.0
			if cell < len(c.Layers[i].Tops) {
				value = c.Layers[i].Tops[cell]
			}
			if value >= 0 {
				edge = max(edge, 1, int(math.Round(value/top*float64(rows*eighths))))
			}
			heights[x*len(c.Layers)+i] = edge
		}
	}
	return heights
}

// cell is the sign and role of a cell in row r, counted from the ground: those
// of the layer that has most of it.
func (c *Chart) cell(g *Glyphs, edges []int, r int) (rune, Role) {
	ground, best, most, filled := r*eighths, -1, 0, 0
	for i, edge := range edges {
		now := min(edge-ground, eighths)
		if now-filled > most {
			best, most = i, now-filled
		}
		filled = max(filled, now)
	}
	if best < 0 {
		return ' ', Text
	}
	layer := &c.Layers[best]
	if filled < eighths {
		if sign := g.Partial[filled-1]; sign != 0 {
			return sign, layer.Role
		}
	}
	return layer.Glyph, layer.Role
}

// labels are the names of the rows' upper edges, from the ground up: of the top,
// and of as many parts of it as there is room for. The lowest row names the
// ground, where it is not the only one.
func (c *Chart) labels(rows int, top float64) []string {
	labels := make([]string, rows)
	if c.Scale == 0 || c.Label == nil || rows == 0 {
		return labels
	}
	labels[0] = "0"
	if top <= 1 { // there is nothing above it
		return labels
	}
	parts := scaleParts(rows, top)
	for part := 1; part <= parts; part++ {
		row := int(math.Round(float64(part*rows)/float64(parts))) - 1
		labels[row] = c.Label(top * float64(part) / float64(parts))
	}
	return labels
}

// scaleParts is in how many parts a scale is named: where there is room, in as
// many as are round.
func scaleParts(rows int, top float64) int {
	switch {
	case rows < 5:
		return 1
	case rows < 12:
		return 2
	}
	for top > 1024 {
		top /= 1024
	}
	for _, parts := range [...]int{4, 5, 3} {
		if half := 2 * top / float64(parts); half == math.Trunc(half) {
			return parts
		}
	}
	return 2
}

// scale begins a line with the label of the scale.
func (c *Chart) scale(p *Palette, g *Glyphs, width int, label string) *Line {
	line := NewLine(p, width)
	if c.Scale > 0 {
		line.Fit(Muted, label, c.Scale-1, true, g.Ellipsis).Repeat(Border, g.Box.Vertical, 1)
	}
	return line
}

// marks draws the row of marks.
func (c *Chart) marks(line *Line, row []rune, roles []Role, cells int) {
	for x := range row {
		row[x], roles[x] = ' ', Text
	}
	for _, mark := range c.Marks {
		if x, to := c.columns(mark.Cell, len(row), cells); x < to && row[x] == ' ' {
			row[x], roles[x] = mark.Sign, mark.Role
		}
	}
	drawRuns(line, row, roles)
}

// times draws the row that names times.
func (c *Chart) times(p *Palette, width, plot int) string {
	line := NewLine(p, width).PadTo(c.Scale)
	parts := len(c.Times) - 1
	for i, text := range c.Times {
		at := c.Scale
		if parts > 0 {
			at += plot * i / parts
		}
		switch i {
		case 0:
		case parts:
			at -= Width(text)
		default:
			at -= Width(text) / 2
		}
		if at > line.Width() && i > 0 || i == 0 {
			line.PadTo(at).Text(Muted, text)
		}
	}
	return line.String()
}

// drawRuns appends cells to a line, one run a style and sign.
func drawRuns(line *Line, row []rune, roles []Role) {
	for i := 0; i < len(row); {
		j := i + 1
		for j < len(row) && row[j] == row[i] && roles[j] == roles[i] {
			j++
		}
		line.Repeat(roles[i], row[i], j-i)
		i = j
	}
}
