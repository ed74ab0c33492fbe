package blockmap

import (
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// NextHole moves the cursor to the next stranded hole (1) or the one before (-1),
// in the order of the map, from one end on at the other. wrapped tells of that;
// ok is false where there is none.
func (m *Map) NextHole(by int) (wrapped, ok bool) {
	if m.index.Empty() || m.index.Sizes[paint.Stranded-paint.Used] == 0 {
		return false, false
	}
	l := m.current()
	strip, offset := m.index.find(m.Cursor)
	at := m.index.stretchAt(strip, offset)
	for {
		s := &m.index.strips[strip]
		for at += by; at >= s.first && at < s.last; at += by {
			if m.index.stretches[at].State == paint.Stranded {
				m.Cursor = m.index.place(strip, m.index.start(strip, at))
				return wrapped, true
			}
		}
		next, inside := l.nextStrip(strip, by)
		if !inside {
			wrapped = true
			next = l.strips[l.laid[0].first]
			if by < 0 {
				next = l.strips[l.laid[len(l.laid)-1].last-1]
			}
		}
		strip = next
		if at = m.index.strips[strip].first - 1; by < 0 {
			at = m.index.strips[strip].last
		}
	}
}

// start is the offset at which a stretch begins.
func (x *Index) start(strip, stretch int) int64 {
	if stretch == x.strips[strip].first {
		return 0
	}
	return x.stretches[stretch-1].End
}

// ToLargestFree moves the cursor to the largest free block; false where there is
// none.
func (m *Map) ToLargestFree() bool {
	best, at := int64(0), Place{}
	for i := range m.strips() {
		s := m.index.strips[i].segment
		for j := range s.Blocks {
			if b := &s.Blocks[j]; b.State == fragcalc.BlockFree && b.Size > best {
				best, at = b.Size, m.index.place(i, int64(b.Address-s.Address))
			}
		}
	}
	if best > 0 {
		m.Cursor = at
	}
	return best > 0
}

// ToLargestHole moves the cursor to the largest stranded hole, or where there is
// none to the first byte.
func (m *Map) ToLargestHole() {
	best := int64(0)
	for i := range m.strips() {
		s := &m.index.strips[i]
		for j := s.first; j < s.last; j++ {
			start := m.index.start(i, j)
			if stretch := m.index.stretches[j]; stretch.State == paint.Stranded && stretch.End-start > best {
				best = stretch.End - start
				m.Cursor = m.index.place(i, start)
			}
		}
	}
	if best == 0 {
		m.ToEnd(false)
	}
}

// ToLargestPinned moves the cursor to the segment with the most stranded memory,
// to the first of the live blocks that hold it; false where nothing is stranded.
func (m *Map) ToLargestPinned() bool {
	worst := -1
	for i := range m.strips() {
		if s := &m.index.strips[i]; s.stranded > 0 && (worst < 0 || s.stranded > m.index.strips[worst].stranded) {
			worst = i
		}
	}
	if worst < 0 {
		return false
	}
	s := m.index.strips[worst].segment
	offset := int64(0)
	for i := range s.Blocks {
		if s.Blocks[i].State != fragcalc.BlockFree {
			offset = int64(s.Blocks[i].Address - s.Address)
			break
		}
	}
	m.Cursor = m.index.place(worst, offset)
	return true
}

func (m *Map) strips() []strip {
	if m.index.Empty() {
		return nil
	}
	return m.index.strips
}
