package whatif

import (
	"math/rand/v2"
	"testing"
)

func TestAddressSpace(t *testing.T) {
	const base = 0x1000_0000
	r := rand.New(rand.NewPCG(3, 4))
	space := addressSpace{next: base}
	taken := map[uint64]int64{}
	for range 5000 {
		if r.IntN(2) == 0 {
			size := 1 + r.Int64N(60*mib)
			address := space.take(size)
			if address%uint64(roundLarge) != 0 {
				t.Fatalf("%#x is not aligned", address)
			}
			for other, length := range taken {
				if address < other+uint64(length) && other < address+uint64(size) {
					t.Fatalf("%#x overlaps %#x", address, other)
				}
			}
			taken[address] = size
			continue
		}
		for address, size := range taken {
			space.give(address, size)
			delete(taken, address)
			break
		}
		for i := 1; i < len(space.holes); i++ {
			if space.holes[i-1].to >= space.holes[i].from {
				t.Fatalf("holes touch: %v", space.holes)
			}
		}
	}
	for address, size := range taken {
		space.give(address, size)
	}
	if space.next != base || len(space.holes) != 0 {
		t.Errorf("after all was given back: next %#x, %d holes", space.next, len(space.holes))
	}
}

func TestAddressSpaceReusesTheLowestHole(t *testing.T) {
	space := addressSpace{next: 0}
	first, second := space.take(20*mib), space.take(40*mib)
	space.take(2 * mib)
	space.give(second, 40*mib)
	space.give(first, 20*mib)
	for _, want := range []uint64{uint64(0), uint64(30 * mib), uint64(62 * mib)} {
		if got := space.take(30 * mib); got != want {
			t.Errorf("got %#x, want %#x", got, want)
		}
	}
}
