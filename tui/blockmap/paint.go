package blockmap

import (
	"sort"

	"github.com/gpufragtop/gpufragtop/fragcalc/change"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// painter computes the cells of lines.
type painter struct {
	*layout
	changed []change.Range // in address order
	hint    int
}

// cells appends the cells of a line of cells, given by the first of them.
func (p *painter) cells(out []Cell, first spot) []Cell {
	g := &p.laid[first.group]
	last := min(first.cell+int64(p.width), g.cells)
	if first.cell < 0 || first.cell >= last {
		return out
	}
	if g.together {
		return p.together(out, g, first.cell, last)
	}
	rank := p.rankAt(g, first.cell)
	for cell := first.cell; cell < last; cell++ {
		if rank+1 < g.last && p.starts[rank+1] <= cell {
			rank++
		}
		strip := p.strips[rank]
		size := p.index.strips[strip].segment.Size
		from := (cell - p.starts[rank]) * p.scale
		if from >= size {
			out = append(out, p.gap(g, rank))
			continue
		}
		var m mix
		p.add(&m, strip, from, min(from+p.scale, size))
		out = append(out, m.cell())
	}
	return out
}

// together appends cells from one to another of strips that run together.
func (p *painter) together(out []Cell, g *laid, cell, last int64) []Cell {
	rank := p.rankAt(g, cell*p.scale)
	for ; cell < last; cell++ {
		var m mix
		for at := cell * p.scale; at < (cell+1)*p.scale; {
			strip := p.strips[rank]
			end := p.starts[rank] + p.index.strips[strip].segment.Size
			to := min(end, (cell+1)*p.scale)
			p.add(&m, strip, at-p.starts[rank], to-p.starts[rank])
			at = to
			if at == end {
				if rank+1 == g.last {
					break
				}
				rank++
			}
		}
		out = append(out, m.cell())
	}
	return out
}

// add adds bytes of a strip to a cell.
func (p *painter) add(m *mix, strip int, from, to int64) {
	p.hint = p.index.add(m, strip, from, to, p.hint)
	if len(p.changed) == 0 {
		return
	}
	base := p.index.strips[strip].segment.Address
	m.changed = m.changed || touches(p.changed, base+uint64(from), base+uint64(to))
}

// touches tells whether addresses, from one up to another, lie in any of the
// ranges.
func touches(ranges []change.Range, from, to uint64) bool {
	i := sort.Search(len(ranges), func(i int) bool { return ranges[i].End() > from })
	return i < len(ranges) && ranges[i].Address < to
}

// gap stands behind a strip. Between two mapped ranges of expandable memory lie
// addresses without any.
func (p *painter) gap(g *laid, rank int) Cell {
	before := p.index.strips[p.strips[rank]].segment
	if g.unmapped && before.Expandable && rank+1 < g.last && p.index.strips[p.strips[rank+1]].segment.Expandable {
		return Cell{Kind: Unmapped, State: paint.Unmapped}
	}
	return Cell{}
}

// Strip is the cells of a segment, so many of equal size, or as many as it has
// smallest blocks.
func Strip(stretches []Stretch, count int) []Cell {
	if len(stretches) == 0 || count <= 0 {
		return nil
	}
	total := stretches[len(stretches)-1].End
	count = int(min(int64(count), max(total/LeastScale, 1)))
	cells := make([]Cell, 0, count)
	at, next := int64(0), 0
	for i := range count {
		end := boundary(total, count, i+1)
		var m mix
		for at < end {
			to := min(end, stretches[next].End)
			if to > at {
				m.add(to-at, stretches[next].State)
				at = to
			}
			if at == stretches[next].End {
				next++
			}
		}
		cells = append(cells, m.cell())
	}
	return cells
}

// boundary is where the cell before i of n ends.
func boundary(total int64, n, i int) int64 {
	whole, rest := total/int64(n), total%int64(n)
	return whole*int64(i) + rest*int64(i)/int64(n)
}
