// Package blockmap is the map of GPU memory: the segments of a process, a pool
// or a segment as strips of cells, each cell a number of bytes, with a cursor
// that is an address. It draws what is visible only, so that memory of any size
// can be looked at in cells of the smallest block.
package blockmap

import (
	"cmp"
	"slices"
	"sort"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// Index is the memory of a scope, cut into stretches: made once a walk, in time
// linear in its blocks. It is not changed afterwards.
type Index struct {
	Groups []Group // in the order of the process's pools
	Sizes  Sizes   // of all groups

	strips    []strip // group by group, in address order
	stretches []Stretch
}

// Group is the memory of a pool and stream.
type Group struct {
	Pool  *fragcalc.Pool
	Sizes Sizes
	Bytes int64
	Count int // segments

	first int // strip
}

// strip is a segment.
type strip struct {
	segment     *fragcalc.Segment
	group       int
	first, last int // stretches
	stranded    int64
}

// Scope is what of a process a map shows.
type Scope struct {
	Pool    *fragcalc.PoolID // nil = all
	Segment uint64           // of that pool, by its address; 0 = all
}

// NewIndex makes the index of a process's memory.
func NewIndex(p *fragcalc.Process, scope Scope) *Index {
	x := &Index{}
	strips, blocks := 0, 0
	scope.each(p, func(_ *fragcalc.Pool, s *fragcalc.Segment) {
		strips++
		blocks += len(s.Blocks)
	})
	const expected = 2 // stretches a block, with its rounding
	x.strips = make([]strip, 0, strips)
	x.stretches = make([]Stretch, 0, expected*blocks+strips)
	scope.each(p, func(pool *fragcalc.Pool, s *fragcalc.Segment) {
		last := len(x.Groups) - 1
		if last < 0 || x.Groups[last].Pool != pool {
			x.Groups = append(x.Groups, Group{Pool: pool, first: len(x.strips)})
			last++
		}
		t := strip{segment: s, group: last, first: len(x.stretches)}
		x.stretches = Stretches(x.stretches, pool.PoolID, s, p.Settings)
		t.last = len(x.stretches)
		sizes := SizesOf(x.stretches[t.first:t.last])
		t.stranded = sizes[paint.Stranded-paint.Used]
		x.strips = append(x.strips, t)
		group := &x.Groups[last]
		group.Bytes += s.Size
		group.Count++
		for state, size := range sizes {
			group.Sizes[state] += size
			x.Sizes[state] += size
		}
	})
	return x
}

// each calls for each segment that is not empty.
func (s Scope) each(p *fragcalc.Process, f func(*fragcalc.Pool, *fragcalc.Segment)) {
	for i := range p.Pools {
		pool := &p.Pools[i]
		if s.Pool != nil && pool.PoolID != *s.Pool {
			continue
		}
		for j := range pool.Segments {
			segment := &pool.Segments[j]
			if segment.Size > 0 && (s.Segment == 0 || segment.Address == s.Segment) {
				f(pool, segment)
			}
		}
	}
}

// Empty tells whether there is nothing to show.
func (x *Index) Empty() bool { return x == nil || len(x.strips) == 0 }

// Bytes is the memory of all groups.
func (x *Index) Bytes() int64 {
	total := int64(0)
	for i := range x.Groups {
		total += x.Groups[i].Bytes
	}
	return total
}

// of are the strips of a group.
func (x *Index) of(group int) (first, last int) {
	g := &x.Groups[group]
	return g.first, g.first + g.Count
}

// Order is the order of strips in their groups.
type Order uint8

// Orders.
const (
	ByAddress  Order = iota
	BySize           // largest first; groups too
	ByStranded       // most stranded first; groups too
	orders
)

// String names the order.
func (o Order) String() string {
	return [orders]string{"by address", "by size", "by stranded memory"}[o]
}

// arranged are the groups, and the strips of each, in an order.
func (x *Index) arranged(o Order) (groups, strips []int) {
	groups, strips = make([]int, len(x.Groups)), make([]int, len(x.strips))
	for i := range groups {
		groups[i] = i
	}
	for i := range strips {
		strips[i] = i
	}
	if o == ByAddress {
		return groups, strips
	}
	weight := func(i int) int64 { return x.strips[i].segment.Size }
	of := func(g int) int64 { return x.Groups[g].Bytes }
	if o == ByStranded {
		weight = func(i int) int64 { return x.strips[i].stranded }
		of = func(g int) int64 { return x.Groups[g].Sizes[paint.Stranded-paint.Used] }
	}
	slices.SortStableFunc(groups, func(a, b int) int { return cmp.Compare(of(b), of(a)) })
	for i := range x.Groups {
		first, last := x.of(i)
		slices.SortStableFunc(strips[first:last], func(a, b int) int { return cmp.Compare(weight(b), weight(a)) })
	}
	return groups, strips
}

// Place is a byte of a pool: what a cursor stands on.
type Place struct {
	Pool    fragcalc.PoolID
	Address uint64
}

// find is the strip that a place lies in, and the offset in it; where it is
// gone, the byte of its pool that is nearest, else the nearest of all.
func (x *Index) find(p Place) (at int, offset int64) {
	best, least, from := -1, ^uint64(0), int64(0)
	for g := range x.Groups {
		if x.Groups[g].Pool.PoolID == p.Pool {
			at, offset, _ := x.nearest(g, p.Address)
			return at, offset
		}
		if at, offset, far := x.nearest(g, p.Address); far < least {
			best, least, from = at, far, offset
		}
	}
	return best, from
}

// nearest is the byte of a group that is nearest to an address, and how far it is.
func (x *Index) nearest(group int, address uint64) (at int, offset int64, far uint64) {
	first, last := x.of(group)
	i := first + sort.Search(last-first, func(i int) bool { return x.strips[first+i].segment.Address > address })
	if i > first {
		s := x.strips[i-1].segment
		if past := address - s.Address; past < uint64(s.Size) {
			return i - 1, int64(past), 0
		}
		at, offset, far = i-1, s.Size-1, address-(s.Address+uint64(s.Size)-1)
	}
	if i < last && (i == first || x.strips[i].segment.Address-address < far) {
		return i, 0, x.strips[i].segment.Address - address
	}
	return at, offset, far
}

// place is the byte at an offset of a strip.
func (x *Index) place(at int, offset int64) Place {
	s := &x.strips[at]
	return Place{x.Groups[s.group].Pool.PoolID, s.segment.Address + uint64(offset)}
}

// stretchAt is the stretch of a strip that holds the byte at an offset.
func (x *Index) stretchAt(at int, offset int64) int {
	s := &x.strips[at]
	return s.first + sort.Search(s.last-s.first-1, func(i int) bool { return x.stretches[s.first+i].End > offset })
}

// blockAt is the block that holds the byte at an offset; -1 where blocks were
// not recorded.
func (x *Index) blockAt(at int, offset int64) int {
	s := x.strips[at].segment
	address := s.Address + uint64(offset)
	i := sort.Search(len(s.Blocks), func(i int) bool { return s.Blocks[i].Address > address }) - 1
	if i < 0 || address-s.Blocks[i].Address >= uint64(s.Blocks[i].Size) {
		return -1
	}
	return i
}

// add adds the bytes from one offset of a strip to another; hint is the stretch
// to look at first, and the one to go on with is returned.
func (x *Index) add(m *mix, at int, from, to int64, hint int) int {
	s := &x.strips[at]
	if hint < s.first || hint >= s.last || hint > s.first && x.stretches[hint-1].End > from {
		hint = x.stretchAt(at, from)
	}
	for from < to {
		stretch := x.stretches[hint]
		if end := min(stretch.End, to); end > from {
			m.add(end-from, stretch.State)
			from = end
		}
		if from == to {
			break
		}
		hint++
	}
	return hint
}
