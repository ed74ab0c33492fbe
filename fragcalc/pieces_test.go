package fragcalc

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestPiecesAddUpToWhatIsStranded(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 3))
		settings := AllocatorSettings{}
		if seed%2 == 0 {
			settings.LargeSegmentBytes = 40 * mib
		}
		segments := randomSegments(r)
		for i := range segments {
			for j := range segments[i].Blocks { // also free blocks side by side, which an allocator would merge
				if b := &segments[i].Blocks[j]; r.IntN(4) == 0 {
					b.State, b.Requested = BlockFree, 0
				}
			}
		}
		pools := GroupPools(segments)
		Measure(pools, settings)
		for _, pool := range pools {
			sum, last := int64(0), -1
			pool.Pieces(settings, func(at int, piece Piece) {
				s := &pool.Segments[at]
				if piece.Stranded <= 0 || piece.Stranded > s.Size || at < last || piece.First < 0 || piece.First > piece.Last || piece.Last >= len(s.Blocks) {
					t.Fatalf("seed %d: segment %d after %d: %+v", seed, at, last, piece)
				}
				sum, last = sum+piece.Stranded, at
			})
			if sum != pool.Stranded.Or(-1) {
				t.Fatalf("seed %d: pieces of %d bytes, %d are stranded", seed, sum, pool.Stranded.Or(-1))
			}
		}
	}
}

func TestAPageOfAnExpandableSegmentIsAPiece(t *testing.T) {
	const page = 20 * mib
	s := Segment{Address: 1 << 40, Size: 5 * page, Expandable: true}
	add := func(size int64, state BlockState) {
		at := s.Address
		for _, b := range s.Blocks {
			at += uint64(b.Size)
		}
		s.Blocks = append(s.Blocks, Block{Address: at, Size: size, Requested: size, State: state})
	}
	add(page/2, BlockUsed)        // 0: half of the first page
	add(page/2+page/4, BlockFree) // 1: the rest of it, and a quarter of the second
	add(page/4, BlockPending)     // 2
	add(2*page, BlockFree)        // 3: half of the second, the third, half of the fourth
	add(page/2+page, BlockUsed)   // 4
	pool := Pool{Segments: []Segment{s}}
	var got []Piece
	pool.Pieces(AllocatorSettings{}, func(_ int, piece Piece) { got = append(got, piece) })
	if want := []Piece{{0, 1, page / 2}, {1, 3, 3 * page / 4}, {3, 4, page / 2}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	pool.Private = [2]uint64{0, 1}
	pool.Pieces(AllocatorSettings{}, func(int, Piece) { t.Error("a private pool has nothing stranded") })
}
