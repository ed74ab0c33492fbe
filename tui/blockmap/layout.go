package blockmap

import "sort"

// LeastScale is the fewest bytes a cell stands for: PyTorch's smallest block.
const LeastScale = 512

// layout says which bytes lie in which cell, at a width, a scale and in an
// order. Each group is a line for its head and a flow of cells over as many
// lines as it takes. Strips begin on cell borders with a gap between them; where
// the gaps would be more than a quarter of the cells, the bytes of all strips
// run together. Lines and cells are computed when asked for: there may be a
// million of them.
type layout struct {
	*arrangement
	scale int64 // bytes a cell
	width int   // cells a line
	heads int   // lines before the cells of a group

	laid   []laid  // groups
	starts []int64 // by rank: first cell in the group's flow, or first byte where strips run together
	lines  int
}

// laid is a group as it is laid out.
type laid struct {
	group       int // of the index
	first, last int // ranks
	together    bool
	unmapped    bool  // gaps between expandable strips stand for addresses without memory
	cells       int64 // of the flow, gaps too
	line        int   // of its head, or of its first cells where there is none
}

// arrangement is the order of groups and strips, which layouts share. The strips
// of a group have the same numbers there as in the index, in another order.
type arrangement struct {
	index          *Index
	order          Order
	groups, strips []int // of the index, as they are laid out
	row, rank      []int // of each group and strip of the index among them
}

func arrange(x *Index, o Order) *arrangement {
	a := &arrangement{index: x, order: o}
	a.groups, a.strips = x.arranged(o)
	a.row, a.rank = make([]int, len(a.groups)), make([]int, len(a.strips))
	for row, group := range a.groups {
		a.row[group] = row
	}
	for rank, strip := range a.strips {
		a.rank[strip] = rank
	}
	return a
}

// lay lays strips out at a scale.
func (a *arrangement) lay(scale int64, width, heads int) *layout {
	l := &layout{arrangement: a, scale: scale, width: max(width, 1), heads: heads}
	l.starts = make([]int64, len(a.strips))
	l.laid = make([]laid, len(a.groups))
	for i, group := range a.groups {
		first, last := a.index.of(group)
		g := &l.laid[i]
		*g = laid{group: group, first: first, last: last, line: l.lines, unmapped: a.order == ByAddress}
		l.flow(g)
		l.lines += heads + int((g.cells+int64(l.width)-1)/int64(l.width))
	}
	return l
}

// flow gives each strip of a group its first cell.
func (l *layout) flow(g *laid) {
	const gapShare = 4
	gaps, bytes := int64(g.last-g.first-1), int64(0)
	for rank := g.first; rank < g.last; rank++ {
		size := l.index.strips[l.strips[rank]].segment.Size
		l.starts[rank] = g.cells
		g.cells += (size+l.scale-1)/l.scale + 1
		bytes += size
	}
	g.cells-- // no gap behind the last
	if gaps*gapShare <= g.cells {
		return
	}
	g.together, g.cells = true, (bytes+l.scale-1)/l.scale
	bytes = 0
	for rank := g.first; rank < g.last; rank++ {
		l.starts[rank] = bytes
		bytes += l.index.strips[l.strips[rank]].segment.Size
	}
}

// fit is the finest scale at which all is seen on so many lines; where the heads
// alone are too many, that at which each group has one line of cells.
func (a *arrangement) fit(width, height, heads int) *layout {
	height = max(height, len(a.groups)*(heads+1))
	room := int64(max(height-len(a.groups)*heads, 1)) * int64(max(width, 1))
	scale := int64(LeastScale)
	for scale*room < a.index.Bytes() {
		scale *= 2
	}
	for {
		l := a.lay(scale, width, heads)
		if l.lines > height {
			scale *= 2
			continue
		}
		for _, finer := range between(scale) {
			if l := a.lay(finer, width, heads); l.lines <= height {
				return l
			}
		}
		return l
	}
}

// between are the scales between half of a scale and itself, finest first, that
// make use of a screen which a power of two would leave half empty.
func between(scale int64) []int64 {
	const eighths, least = 8, 8 << 10 // from which they are whole KiB
	if scale < least {
		return nil
	}
	var scales []int64
	for part := int64(eighths/2 + 1); part < eighths; part++ {
		scales = append(scales, scale/eighths*part)
	}
	return scales
}

// finer is the next scale of a zoom: the power of two below.
func finer(scale int64) int64 {
	power := int64(LeastScale)
	for power*2 < scale {
		power *= 2
	}
	return power
}

// spot is where on the map a cell lies.
type spot struct {
	group int   // of the layout
	cell  int64 // in its flow
}

// line is the line that a spot lies on.
func (l *layout) line(s spot) int {
	return l.laid[s.group].line + l.heads + int(s.cell/int64(l.width))
}

// at is the group that a line belongs to, and the first cell on it; it is
// negative on the line of the head.
func (l *layout) at(line int) spot {
	g := sort.Search(len(l.laid), func(i int) bool { return l.laid[i].line > line }) - 1
	row := line - l.laid[g].line - l.heads
	return spot{g, int64(row) * int64(l.width)}
}

// spotOf is the cell that holds the byte at an offset of a strip.
func (l *layout) spotOf(strip int, offset int64) spot {
	rank := l.rank[strip]
	g := l.row[l.index.strips[strip].group]
	if l.laid[g].together {
		return spot{g, (l.starts[rank] + offset) / l.scale}
	}
	return spot{g, l.starts[rank] + offset/l.scale}
}

// rankAt is the strip at a position of a group: a cell of its flow, or a byte
// where strips run together.
func (l *layout) rankAt(g *laid, position int64) int {
	starts := l.starts[g.first:g.last]
	return g.first + sort.Search(len(starts), func(i int) bool { return starts[i] > position }) - 1
}

// byteAt is the first byte of a cell. For a gap it is the last byte before it.
func (l *layout) byteAt(s spot) (strip int, offset int64) {
	g := &l.laid[s.group]
	cell := max(0, min(s.cell, g.cells-1))
	if g.together {
		rank := l.rankAt(g, cell*l.scale)
		return l.strips[rank], cell*l.scale - l.starts[rank]
	}
	rank := l.rankAt(g, cell)
	strip = l.strips[rank]
	return strip, min((cell-l.starts[rank])*l.scale, l.index.strips[strip].segment.Size-1)
}

// isGap tells whether a cell holds no bytes.
func (l *layout) isGap(s spot) bool {
	g := &l.laid[s.group]
	if g.together || s.cell >= g.cells {
		return s.cell >= g.cells
	}
	rank := l.rankAt(g, s.cell)
	return (s.cell-l.starts[rank])*l.scale >= l.index.strips[l.strips[rank]].segment.Size
}
