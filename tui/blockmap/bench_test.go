package blockmap

import (
	"fmt"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/paint"
)

// bigHeap is 80 GiB in 100,000 blocks: in one segment, or in many.
func bigHeap(segments int) *fragcalc.Process {
	const blocks, bytes = 100_000, 80 << 30
	var all []fragcalc.WalkSegment
	size := int64(bytes / segments / LeastScale * LeastScale)
	count := blocks / segments
	for i := range segments {
		s := fragcalc.Segment{Address: 1<<40 + uint64(i)*uint64(size+LeastScale), Size: size}
		at := int64(0)
		for j := range count {
			b := fragcalc.Block{Address: s.Address + uint64(at), State: fragcalc.BlockState((j*7 + i) % 3), Stack: uint32(j)}
			b.Size = size / int64(count) / LeastScale * LeastScale
			if j == count-1 {
				b.Size = size - at
			}
			if b.State != fragcalc.BlockFree {
				b.Requested = b.Size - 100
			}
			at += b.Size
			s.Blocks = append(s.Blocks, b)
		}
		all = append(all, fragcalc.WalkSegment{Segment: s})
	}
	return &fragcalc.Process{Pools: fragcalc.GroupPools(all)}
}

func BenchmarkIndex(b *testing.B) {
	for _, segments := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint(segments), func(b *testing.B) {
			p := bigHeap(segments)
			b.ReportAllocs()
			for b.Loop() {
				NewIndex(p, Scope{})
			}
		})
	}
}

// A whole map of 100,000 blocks: a new walk, or another zoom, and its drawing.
func BenchmarkMap(b *testing.B) {
	look := Look{Glyphs: paint.Unicode(), Head: func(line *paint.Line, _ *Group, _ bool) { line.Text(paint.Text, "large") }}
	for _, segments := range []int{1, 10_000} {
		p := bigHeap(segments)
		x := NewIndex(p, Scope{})
		m := &Map{}
		m.Show(x, nil)
		m.Render(look, 120, 36)
		b.Run(fmt.Sprintf("new-walk/%d", segments), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Show(NewIndex(p, Scope{}), nil)
				m.Render(look, 120, 36)
			}
		})
		for zoom := true; zoom; zoom = m.Zoom(1) {
			m.Render(look, 120, 36)
			b.Run(fmt.Sprintf("draw/%d/%d", segments, m.Scale()), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					m.fitted, m.laid = nil, nil // as after a change of the screen's size
					m.Render(look, 120, 36)
				}
			})
		}
	}
}

// What drawing costs depends on the screen, not on the blocks.
func TestDrawingAllocatesLittle(t *testing.T) {
	look := Look{Glyphs: paint.Unicode()}
	m := &Map{}
	m.Show(NewIndex(bigHeap(100), Scope{}), nil)
	for zoom := true; zoom; zoom = m.Zoom(1) {
		m.Render(look, 120, 40)
		const aLine = 3
		if got := testing.AllocsPerRun(5, func() { m.Render(look, 120, 40) }); got > aLine*40+5 {
			t.Errorf("at %d bytes a cell: %.0f allocations for 40 lines", m.Scale(), got)
		}
	}
}
