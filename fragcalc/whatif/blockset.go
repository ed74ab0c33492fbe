package whatif

import "slices"

// chunkLimit is the most entries a chunk of a blockSet holds: small enough to
// shift in a few cache lines, large enough that few chunks are ever searched.
const chunkLimit = 64

// entry is one block in a blockSet, with its key beside it so that a search
// touches no block.
type entry struct {
	size    int64
	address uint64
	block   *block
}

func (e *entry) before(size int64, address uint64) bool {
	return e.size < size || e.size == size && e.address < address
}

// blockSet is a set of blocks ordered by size, then address: a sorted list cut
// into chunks. Sets ordered by address alone use size 0 for all.
type blockSet struct {
	chunks [][]entry // none is empty
}

// cursor is a place in a blockSet. Changing the set makes it invalid.
type cursor struct{ chunk, index int }

// seek returns the place of the first entry that is not before (size, address).
func (s *blockSet) seek(size int64, address uint64) cursor {
	low, high := 0, len(s.chunks)
	for low < high {
		middle := (low + high) / 2
		chunk := s.chunks[middle]
		if chunk[len(chunk)-1].before(size, address) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == len(s.chunks) {
		return cursor{low, 0}
	}
	chunk := s.chunks[low]
	from, to := 0, len(chunk)-1 // the last one is known not to be before
	for from < to {
		middle := (from + to) / 2
		if chunk[middle].before(size, address) {
			from = middle + 1
		} else {
			to = middle
		}
	}
	return cursor{low, from}
}

// at returns the block at a place, nil behind the last.
func (s *blockSet) at(c cursor) *block {
	if c.chunk == len(s.chunks) {
		return nil
	}
	return s.chunks[c.chunk][c.index].block
}

// after returns the place behind c.
func (s *blockSet) after(c cursor) cursor {
	if c.index+1 < len(s.chunks[c.chunk]) {
		return cursor{c.chunk, c.index + 1}
	}
	return cursor{c.chunk + 1, 0}
}

// insert adds a block under a key that the set does not hold.
func (s *blockSet) insert(size int64, address uint64, b *block) {
	added := entry{size, address, b}
	if len(s.chunks) == 0 {
		s.chunks = append(s.chunks, append(make([]entry, 0, chunkLimit), added))
		return
	}
	c := s.seek(size, address)
	if c.chunk == len(s.chunks) {
		c = cursor{c.chunk - 1, len(s.chunks[c.chunk-1])}
	}
	if len(s.chunks[c.chunk]) == chunkLimit {
		c = s.cut(c)
	}
	s.chunks[c.chunk] = slices.Insert(s.chunks[c.chunk], c.index, added)
}

// cut halves the full chunk at c and returns where c is now.
func (s *blockSet) cut(c cursor) cursor {
	const half = chunkLimit / 2
	chunk := s.chunks[c.chunk]
	upper := append(make([]entry, 0, chunkLimit), chunk[half:]...)
	clear(chunk[half:])
	s.chunks[c.chunk] = chunk[:half]
	s.chunks = slices.Insert(s.chunks, c.chunk+1, upper)
	if c.index > half {
		return cursor{c.chunk + 1, c.index - half}
	}
	return c
}

// remove takes out the entry with a key that the set holds.
func (s *blockSet) remove(size int64, address uint64) {
	s.removeAt(s.seek(size, address))
}

// removeAt takes out the entry at c.
func (s *blockSet) removeAt(c cursor) {
	s.chunks[c.chunk] = slices.Delete(s.chunks[c.chunk], c.index, c.index+1)
	if len(s.chunks[c.chunk]) == 0 {
		s.chunks = slices.Delete(s.chunks, c.chunk, c.chunk+1)
	} else if !s.join(c.chunk) && c.chunk > 0 {
		s.join(c.chunk - 1)
	}
}

// join makes one chunk of the thin chunk at i and its thin successor.
func (s *blockSet) join(i int) bool {
	const thin = chunkLimit / 4
	if i+1 == len(s.chunks) || len(s.chunks[i]) > thin || len(s.chunks[i+1]) > thin {
		return false
	}
	s.chunks[i] = append(s.chunks[i], s.chunks[i+1]...)
	s.chunks = slices.Delete(s.chunks, i+1, i+2)
	return true
}

// blocks returns all blocks in order.
func (s *blockSet) blocks() []*block {
	var all []*block
	for _, chunk := range s.chunks {
		for i := range chunk {
			all = append(all, chunk[i].block)
		}
	}
	return all
}
