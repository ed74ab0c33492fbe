package page

import "testing"

// The aim: BenchmarkDecodeWalk100k, with the private copy that comes before every
// decoding, takes at most four times BenchmarkMemcpy.

func BenchmarkDecodeWalk100k(b *testing.B) {
	slot := EncodeWalk(sampleWalk(100_000))
	private := make([]byte, len(slot))
	b.SetBytes(int64(len(slot)))
	for b.Loop() {
		copy(private, slot)
		walk, err := DecodeWalk(private)
		if err != nil || walk.Blocks != 100_000 {
			b.Fatal(walk.Blocks, err)
		}
	}
}

func BenchmarkMemcpy(b *testing.B) {
	slot := EncodeWalk(sampleWalk(100_000))
	private := make([]byte, len(slot))
	b.SetBytes(int64(len(slot)))
	for b.Loop() {
		copy(private, slot)
	}
}
