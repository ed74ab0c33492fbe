package whatif

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBlockSetAgainstSortedSlice(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var set blockSet
	var sorted []*block
	compare := func(a, b *block) int {
		if a.size != b.size {
			return int(a.size - b.size)
		}
		return int(int64(a.address) - int64(b.address))
	}
	for step := range 40000 {
		// Grow and shrink in turns, so that chunks are cut, joined and dropped.
		growing := step/5000%2 == 0
		if r.IntN(10) < 7 == growing {
			b := &block{size: r.Int64N(50), address: r.Uint64N(1 << 20)}
			at, found := slices.BinarySearchFunc(sorted, b, compare)
			if found {
				continue
			}
			sorted = slices.Insert(sorted, at, b)
			set.insert(b.size, b.address, b)
		} else if len(sorted) > 0 {
			i := r.IntN(len(sorted))
			set.remove(sorted[i].size, sorted[i].address)
			sorted = slices.Delete(sorted, i, i+1)
		}
		key := &block{size: r.Int64N(52), address: r.Uint64N(1 << 20)}
		at, _ := slices.BinarySearchFunc(sorted, key, compare)
		c := set.seek(key.size, key.address)
		for i := at; i <= min(at+2, len(sorted)); i++ {
			var want *block
			if i < len(sorted) {
				want = sorted[i]
			}
			if got := set.at(c); got != want {
				t.Fatalf("step %d: entry %d from %d is %v, want %v", step, i-at, at, got, want)
			}
			if want != nil {
				c = set.after(c)
			}
		}
		if step%500 == 0 && !slices.Equal(set.blocks(), sorted) {
			t.Fatalf("step %d: the set differs from the slice", step)
		}
	}
	for _, b := range sorted {
		set.remove(b.size, b.address)
	}
	if len(set.chunks) != 0 {
		t.Errorf("an empty set keeps %d chunks", len(set.chunks))
	}
}

func TestBlockSetJoinsThinChunks(t *testing.T) {
	var set blockSet
	const count = 20000
	for i := range uint64(count) {
		set.insert(0, i, &block{})
	}
	for i := range uint64(count) {
		if i%100 != 0 {
			set.remove(0, i)
		}
	}
	if limit := count / 100 / (chunkLimit / 8); len(set.chunks) > limit {
		t.Errorf("%d blocks in %d chunks, want at most %d", count/100, len(set.chunks), limit)
	}
}
