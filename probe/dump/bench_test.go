package dump

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// BenchmarkRead decodes snapshots and computes their figures.
func BenchmarkRead(b *testing.B) {
	for _, blocks := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(blocks), func(b *testing.B) {
			file := generated(blocks)
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				s, err := ReadFrom(bytes.NewReader(file), "generated", time.Time{})
				if err != nil || !s.Processes[0].Reserved.Known() {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(blocks), "ns/block")
		})
	}
}
