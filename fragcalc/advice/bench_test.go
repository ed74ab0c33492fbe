package advice

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// crowd is a process with so many blocks, in segments of 1,000, many of which
// small blocks pin.
func crowd(blocks int) *fragcalc.Process {
	r := rand.New(rand.NewPCG(1, 1))
	b := new(builder)
	for i := range blocks / 1000 {
		parts := make([]part, 1000)
		for j := range parts {
			state := fragcalc.BlockState(r.IntN(3))
			size := int64(1+r.IntN(4000)) * 512
			if i%4 == 0 {
				state, size = fragcalc.BlockFree, int64(1+r.IntN(40_000))*512
				if j == 500 {
					state, size = fragcalc.BlockUsed, 512
				}
			}
			parts[j] = part{state: state, size: size}
		}
		b.segment(fragcalc.PoolID{Stream: uint64(r.IntN(4))}, i%7 == 0, parts...)
	}
	return b.process()
}

func BenchmarkAdvise(b *testing.B) {
	for _, blocks := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("blocks=%d", blocks), func(b *testing.B) {
			p := crowd(blocks)
			s := node(p, 20*gib)
			in := Inputs{History: lived(240, steadily(gib, mib), steadily(0, 0))}
			b.ReportAllocs()
			for b.Loop() {
				if len(Advise(p, s, in)) == 0 {
					b.Fatal("silent")
				}
			}
		})
	}
}
