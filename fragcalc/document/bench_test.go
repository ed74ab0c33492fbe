package document

import (
	"io"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

func BenchmarkEncode100000Blocks(b *testing.B) {
	p := measured()
	s := fragcalc.Segment{Address: 0x7f00_0000_0000}
	for i := range 100_000 {
		s.Blocks = append(s.Blocks, fragcalc.Block{Address: s.Address + uint64(s.Size), Size: 512, Requested: 500, State: fragcalc.BlockState(i % 3)})
		s.Size += 512
	}
	p.Pools = fragcalc.GroupPools([]fragcalc.WalkSegment{{Segment: s}})
	p.Figures = fragcalc.Measure(p.Pools, p.Settings)
	n := node(p)
	b.ReportAllocs()
	for b.Loop() {
		if err := Encode(io.Discard, n, Options{Detail: true}); err != nil {
			b.Fatal(err)
		}
	}
}
