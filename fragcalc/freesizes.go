package fragcalc

import "math/bits"

// Bins of free blocks: powers of two, from one rounding unit of PyTorch's
// allocator up to where nothing larger need be told apart.
const (
	smallestBin = 9  // 512 B
	largestBin  = 34 // 16 GiB
	FreeBins    = largestBin - smallestBin + 1
)

// FreeSizes are the free blocks of a pool or process by size. A block is
// counted in one bin, by its size; its bytes are told apart as Figures does:
// of a block in an expandable segment, whole pages are releasable and the rest
// is stranded.
type FreeSizes struct {
	Bins       [FreeBins]FreeBin
	Blocks     int64 // how many
	Bytes      int64 // all of theirs
	Largest    int64 // size of the largest; 0 = there is none
	LargestBin int   // where it is counted
	// Unlisted are free bytes of segments that came without their blocks, as a
	// recording near its largest size has them.
	Unlisted int64
}

// FreeBin are the free blocks of one power of two: those of FreeBinFrom(i) and
// more bytes, less than twice that. The first takes all that is smaller too, the
// last all that is larger.
type FreeBin struct {
	Blocks                       int64
	Stranded, Releasable, Parked int64 // bytes
}

// Bytes are all of the bin's.
func (b FreeBin) Bytes() int64 { return b.Stranded + b.Releasable + b.Parked }

// Add adds the blocks of another bin.
func (b *FreeBin) Add(o FreeBin) {
	b.Blocks += o.Blocks
	b.Stranded += o.Stranded
	b.Releasable += o.Releasable
	b.Parked += o.Parked
}

// FreeBinFrom is the smallest size of a bin, in bytes.
func FreeBinFrom(bin int) int64 { return 1 << (smallestBin + bin) }

// FreeSizes sorts the free blocks of all pools into bins. It is false where no
// walk is known: LargestFree says why.
func (p *Process) FreeSizes() (FreeSizes, bool) {
	var f FreeSizes
	for i := range p.Pools {
		f.add(&p.Pools[i], p.Settings)
	}
	return f, len(p.Pools) > 0
}

// FreeSizes sorts the free blocks of the pool into bins.
func (p *Pool) FreeSizes(settings AllocatorSettings) FreeSizes {
	var f FreeSizes
	f.add(p, settings)
	return f
}

func (f *FreeSizes) add(pool *Pool, settings AllocatorSettings) {
	page, parked, before := settings.page(pool.Small), pool.IsPrivate(), f.Bytes
	for i := range pool.Segments {
		s := &pool.Segments[i]
		var at int64
		for j := range s.Blocks {
			b := &s.Blocks[j]
			if b.State != BlockUsed && b.State != BlockPending && b.Size > 0 {
				f.block(b.Size, s.returnable(at, at+b.Size, page), parked)
			}
			at += b.Size
		}
	}
	f.Unlisted += max(pool.Free.Or(0)-(f.Bytes-before), 0)
}

func (f *FreeSizes) block(size, returnable int64, parked bool) {
	at := freeBin(size)
	bin := &f.Bins[at]
	bin.Blocks++
	if parked {
		bin.Parked += size
	} else {
		bin.Releasable += returnable
		bin.Stranded += size - returnable
	}
	f.Blocks++
	f.Bytes += size
	if size > f.Largest {
		f.Largest, f.LargestBin = size, at
	}
}

// freeBin is the bin of a size.
func freeBin(size int64) int {
	return min(max(bits.Len64(uint64(size))-1, smallestBin), largestBin) - smallestBin
}
