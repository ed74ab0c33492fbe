package blockmap

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// naiveCell is what a cell must show, from the states of its grains.
func naiveCell(t *testing.T, states []paint.Role) (kinds map[paint.Role]bool, borders int, live bool) {
	t.Helper()
	kinds = map[paint.Role]bool{}
	liveBytes := 0
	streaks := []paint.Role{}
	for i, state := range states {
		if state == paint.Used || state == paint.Pending || state == paint.Rounding {
			liveBytes++
		}
		if state == paint.Rounding { // counts as what it is beside
			beside := paint.Rounding
			for j := i; j >= 0 && states[j] != paint.Free; j-- {
				if states[j] == paint.Used || states[j] == paint.Pending {
					beside = states[j]
				}
				if states[j] != paint.Rounding {
					break
				}
			}
			for j := i; beside == paint.Rounding && j < len(states); j++ {
				if states[j] == paint.Used || states[j] == paint.Pending {
					beside = states[j]
				}
				if states[j] != paint.Rounding {
					break
				}
			}
			state = beside
		}
		kinds[state] = true
		if len(streaks) == 0 || streaks[len(streaks)-1] != state {
			streaks = append(streaks, state)
		}
	}
	return kinds, len(streaks) - 1, 2*liveBytes >= len(states)
}

// Each cell shows the states of its bytes, and no others; each byte lies in one
// cell, and none in a gap.
func TestCellsTellTheTruth(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for round := range 400 {
		p := testHeap(r)
		x := NewIndex(p, Scope{})
		a := arrange(x, Order(r.Intn(int(orders))))
		l := a.lay(LeastScale*int64(1+r.Intn(1<<r.Intn(9))), 1+r.Intn(100), r.Intn(2))
		bytes := map[spot][]paint.Role{}
		for rank := range l.strips { // in the order in which bytes lie in cells
			strip := l.strips[rank]
			s := &x.strips[strip]
			for i, state := range naiveStates(x.Groups[s.group].Pool, s.segment) {
				at := l.spotOf(strip, int64(i)*grain)
				bytes[at] = append(bytes[at], state)
			}
		}
		painter := painter{layout: l}
		seen := 0
		for _, line := range r.Perm(l.lines) {
			first := l.at(line)
			if first.cell < 0 {
				continue
			}
			for i, c := range painter.cells(nil, first) {
				at := spot{first.group, first.cell + int64(i)}
				states := bytes[at]
				if c.Kind == Gap || c.Kind == Unmapped {
					if len(states) > 0 || !l.isGap(at) {
						t.Fatalf("round %d: a gap at %v holds %v", round, at, states)
					}
					continue
				}
				if len(states) == 0 || int64(len(states))*grain > l.scale || l.isGap(at) {
					t.Fatalf("round %d: %d bytes in a cell of %d", round, len(states)*grain, l.scale)
				}
				seen += len(states)
				kinds, borders, live := naiveCell(t, states)
				want := Mixed
				switch borders {
				case 0:
					want = Pure
				case 1:
					want = Split
				}
				if c.Kind != want || c.Live != live || !kinds[c.State] || want != Pure && !kinds[c.Second] {
					t.Fatalf("round %d, scale %d: %+v shows %v", round, l.scale, c, states)
				}
				if strip, offset := l.byteAt(at); l.spotOf(strip, offset) != at {
					t.Fatalf("round %d: the first byte of %v lies in %v", round, at, l.spotOf(strip, offset))
				}
			}
		}
		if int64(seen)*grain != x.Bytes() {
			t.Fatalf("round %d: %d of %d bytes are in cells", round, seen*grain, x.Bytes())
		}
	}
}

func TestStripsTellTheTruth(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 200 {
		p := testHeap(r)
		for i := range p.Pools {
			for j := range p.Pools[i].Segments {
				s := &p.Pools[i].Segments[j]
				states := naiveStates(&p.Pools[i], s)
				count := 1 + r.Intn(60)
				cells := Strip(Stretches(nil, p.Pools[i].PoolID, s, p.Settings), count)
				if len(cells) != min(count, int(s.Size/LeastScale)) {
					t.Fatalf("%d cells of %d bytes, asked for %d", len(cells), s.Size, count)
				}
				for k, c := range cells {
					from, to := boundary(s.Size, len(cells), k), boundary(s.Size, len(cells), k+1)
					kinds, borders, _ := naiveCell(t, states[from/grain:(to+grain-1)/grain])
					if c.Kind == Pure && from%grain == 0 && to%grain == 0 && borders > 0 || !kinds[c.State] {
						t.Fatalf("%+v shows %v", c, kinds)
					}
				}
			}
		}
	}
}

// What is drawn is what the cells are, within the screen, and the cursor is on it.
func TestNoSizeBreaksTheMap(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for range 300 {
		p := testHeap(r)
		m := &Map{}
		m.Show(NewIndex(p, Scope{}), nil)
		m.ToLargestHole()
		look := Look{Glyphs: paint.Unicode()}
		if r.Intn(2) == 0 {
			look.Palette = palette(t, themes.Default, paint.TrueColor)
		}
		if r.Intn(2) == 0 {
			look.Head = func(line *paint.Line, g *Group, _ bool) { line.Text(paint.Text, "pool") }
		}
		for range 8 {
			width, height := 1+r.Intn(200), 1+r.Intn(60)
			if r.Intn(2) == 0 {
				width, height = 1+r.Intn(8), 1+r.Intn(4)
			}
			before := m.Cursor
			lines := m.Render(look, width, height)
			if m.Cursor != before {
				t.Fatal("drawing moves the cursor")
			}
			if len(lines) > height {
				t.Fatalf("%d lines of %d", len(lines), height)
			}
			for _, line := range lines {
				if ansi.StringWidth(line) > width {
					t.Fatalf("%q is wider than %d", line, width)
				}
			}
			if width > 2 && !strings.ContainsRune(strings.Join(lines, ""), look.Glyphs.Here) {
				t.Fatalf("no cursor at %dx%d:\n%s", width, height, strings.Join(lines, "\n"))
			}
			somewhere(r, m)
			if u, ok := m.Under(); !ok || m.Cursor.Address-u.Segment.Address >= uint64(u.Segment.Size) || u.Pool.PoolID != m.Cursor.Pool {
				t.Fatalf("the cursor is nowhere: %+v", m.Cursor)
			}
		}
	}
}

// somewhere does something with a map.
func somewhere(r *rand.Rand, m *Map) {
	switch r.Intn(14) {
	case 0:
		m.Step(1)
	case 1:
		m.Step(-1)
	case 2:
		m.MoveLines(1)
	case 3:
		m.MoveLines(-1)
	case 4:
		m.MovePages(r.Intn(5) - 2)
	case 5:
		m.ToEnd(r.Intn(2) == 0)
	case 6:
		m.StepBlock(r.Intn(3) - 1)
	case 7:
		m.NextHole(1 - 2*r.Intn(2))
	case 8:
		m.ToLargestFree()
	case 9:
		m.ToLargestPinned()
	case 10:
		m.Turn()
	case 11, 12:
		m.Zoom(r.Intn(3) - 1)
	case 13:
		m.Focus()
	}
}

func TestCursorStaysOnItsByte(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	for range 200 {
		p := testHeap(r)
		m := &Map{}
		m.Show(NewIndex(p, Scope{}), nil)
		for range r.Intn(10) {
			m.Render(Look{Glyphs: paint.ASCII()}, 60, 20)
			somewhere(r, m)
		}
		at := m.Cursor
		m.Turn()
		m.Zoom(1)
		m.Render(Look{Glyphs: paint.ASCII()}, 1+r.Intn(90), 1+r.Intn(30))
		m.Zoom(-1)
		m.Show(NewIndex(p, Scope{}), nil)
		if m.Cursor != at {
			t.Fatalf("on %+v, was on %+v", m.Cursor, at)
		}
		// Its segment is given back.
		u, _ := m.Under()
		var rest []fragcalc.WalkSegment
		nearest := ^uint64(0)
		for _, pool := range p.Pools {
			for _, s := range pool.Segments {
				if s.Address == u.Segment.Address {
					continue
				}
				rest = append(rest, fragcalc.WalkSegment{PoolID: pool.PoolID, Segment: s})
				if pool.PoolID == at.Pool {
					nearest = min(nearest, distance(at.Address, s.Address), distance(at.Address, s.Address+uint64(s.Size)-1))
				}
			}
		}
		m.Show(NewIndex(&fragcalc.Process{Pools: fragcalc.GroupPools(rest)}, Scope{}), nil)
		switch {
		case len(rest) == 0:
			if _, ok := m.Under(); ok {
				t.Fatal("something is under the cursor of an empty map")
			}
		case nearest != ^uint64(0):
			if got := distance(m.Cursor.Address, at.Address); got != nearest {
				t.Fatalf("the cursor went %d bytes far, the nearest is at %d", got, nearest)
			}
		}
	}
}

func distance(a, b uint64) uint64 { return max(a, b) - min(a, b) }

func TestAllIsSeenAtFirst(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	for range 300 {
		x := NewIndex(testHeap(r), Scope{})
		a := arrange(x, ByAddress)
		width, height := 1+r.Intn(200), 1+r.Intn(60)
		l := a.fit(width, height, 1)
		if l.lines > max(height, 2*len(x.Groups)) {
			t.Fatalf("%d lines, room for %d", l.lines, height)
		}
		if l.scale > LeastScale && a.lay(finer(l.scale), width, 1).lines <= height {
			t.Fatalf("%d lines at %d bytes a cell: %d fits too", l.lines, l.scale, finer(l.scale))
		}
	}
}
