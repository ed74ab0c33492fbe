package blockmap

import "github.com/gpufragtop/gpufragtop/tui/paint"

// Kind is how much of the truth a cell tells.
type Kind uint8

// Kinds of cells.
const (
	Gap      Kind = iota // no bytes: between two segments, or behind the last
	Unmapped             // no bytes: addresses without memory between two parts of an expandable segment
	Pure                 // bytes of one state only
	Split                // two states with one border between them
	Mixed                // any other mixture
)

// Cell is one cell of a map. Rounding inside live blocks does not make a cell a
// mixed one: it is there in nearly every block.
type Cell struct {
	Kind    Kind
	Live    bool       // at least half of its bytes are live or pending
	Changed bool       // of some of its bytes the state changed
	State   paint.Role // of a Split cell that of the first bytes, else what most bytes are in
	Second  paint.Role // of a Split cell that of the last bytes, else what most of the others are in
	Eighths uint8      // of a Split cell, that the first part takes: 1 to 7

	mark mark
}

// mark is what the cursor does to a cell.
type mark uint8

const (
	unmarked mark = iota
	inBlock       // it holds bytes of the block under the cursor
	underCursor
)

// mix collects what a cell holds.
type mix struct {
	sizes   Sizes
	total   int64
	parts   int        // stretches, counted up to 3
	head    int64      // bytes of the first one
	first   paint.Role // state of the first one
	last    paint.Role // state of the last one
	changed bool
}

// add goes on with bytes of a state.
func (m *mix) add(size int64, state paint.Role) {
	m.sizes[state-paint.Used] += size
	m.total += size
	switch {
	case m.parts > 0 && (state == m.last || state == paint.Rounding && hasRounding(m.last)):
	case m.parts > 0 && m.last == paint.Rounding && hasRounding(state):
		m.last = state // the end of the block before does not count
		if m.parts == 1 {
			m.first = state
		}
	default:
		if m.parts == 0 {
			m.first = state
		}
		m.last = state
		m.parts = min(m.parts+1, 3)
	}
	if m.parts == 1 {
		m.head += size
	}
}

// hasRounding tells whether blocks of a state may end in rounding.
func hasRounding(state paint.Role) bool { return state == paint.Used || state == paint.Pending }

// cell is what the cell shows.
func (m *mix) cell() Cell {
	const used = 0 // sizes begin with it
	live := m.sizes[used] + m.sizes[paint.Rounding-paint.Used] + m.sizes[paint.Pending-paint.Used]
	c := Cell{Live: 2*live >= m.total, Changed: m.changed}
	switch m.parts {
	case 0:
		return Cell{}
	case 1:
		c.Kind, c.State = Pure, m.first
	case 2:
		c.Kind, c.State, c.Second = Split, m.first, m.last
		c.Eighths = uint8(max(1, min((16*m.head/m.total+1)/2, 7)))
	default:
		c.Kind = Mixed
		c.State, c.Second = m.largest()
	}
	return c
}

// largest are the two states that most bytes are in. Rounding counts only where
// nothing else does.
func (m *mix) largest() (most, second paint.Role) {
	of := func(state paint.Role) int64 { return m.sizes[state-paint.Used] }
	rounding := of(paint.Used)+of(paint.Pending) == 0
	most, second = 0, 0
	for state := paint.Used; state <= paint.Free; state++ {
		switch {
		case of(state) == 0 || state == paint.Rounding && !rounding:
		case most == 0 || of(state) > of(most):
			most, second = state, most
		case second == 0 || of(state) > of(second):
			second = state
		}
	}
	if second == 0 { // nothing but two streaks of one state with rounding between
		second = most
	}
	return most, second
}
