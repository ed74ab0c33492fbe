package dump

import (
	"fmt"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/pickle"
)

// blockStore holds all blocks, in the order of the file. Chunks spare the
// copying, and the memory, of growing one slice.
type blockStore struct {
	chunks [][]fragcalc.Block
	count  uint32
}

const (
	chunkBits = 12
	chunkSize = 1 << chunkBits
)

// next is the place of a block to come.
func (s *blockStore) next() *fragcalc.Block {
	if s.count&(chunkSize-1) == 0 && int(s.count>>chunkBits) == len(s.chunks) {
		s.chunks = append(s.chunks, make([]fragcalc.Block, chunkSize))
	}
	return &s.chunks[s.count>>chunkBits][s.count&(chunkSize-1)]
}

// slice returns blocks in one piece: those of one chunk where they lie.
func (s *blockStore) slice(from, count uint32) []fragcalc.Block {
	if count == 0 {
		return nil
	}
	first, last := from>>chunkBits, (from+count-1)>>chunkBits
	at := from & (chunkSize - 1)
	if first == last {
		return s.chunks[first][at : at+count : at+count]
	}
	all := make([]fragcalc.Block, 0, count)
	for chunk := first; chunk <= last; chunk++ {
		part := s.chunks[chunk][at:]
		all = append(all, part[:min(len(part), int(count)-len(all))]...)
		at = 0
	}
	return all
}

// addressless marks a block whose address is not written (PyTorch 2.0): it
// follows from the sizes of those before it.
const addressless = ^uint64(0)

// mostBlocks bounds the memory of blocks to 2 GiB.
const mostBlocks = 1 << 26

func (r *reader) block(p *plan, values []pickle.Value) (uint32, error) {
	if r.blocks.count == mostBlocks {
		return 0, fmt.Errorf("more than %d blocks", mostBlocks)
	}
	if err := r.anyBlock(p, values, r.blocks.next()); err != nil {
		return 0, err
	}
	r.blocks.count++
	return r.blocks.count - 1, nil
}

// commonBlock adds a block as versions since 2.1 write it; false where there
// is anything else about it. There are millions: it avoids calls, and branches
// that depend on the block.
func (r *reader) commonBlock(p *plan, values []pickle.Value) bool {
	address, ok1 := values[p.at[fAddress]].Small()
	size, ok2 := values[p.at[fSize]].Small()
	requested, ok3 := values[p.at[fRequested]].Small()
	state, ok4 := r.words.stateOf(values[p.at[fState]])
	frames, ok5 := r.decoder.Record(values[p.at[fFrames]])
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || frames.Kind != kindStack || r.blocks.count == mostBlocks ||
		address|size|requested|(size-requested) < 0 {
		return false
	}
	if state == fragcalc.BlockFree { // what was asked for is stale
		requested = 0
	}
	b := r.blocks.next()
	b.Address, b.Size, b.Requested, b.State, b.Stack = uint64(address), size, requested, state, frames.Index
	r.blocks.count++
	return true
}

// anyBlock fills a block of any version.
func (r *reader) anyBlock(p *plan, values []pickle.Value, b *fragcalc.Block) error {
	*b = fragcalc.Block{Address: addressless}
	var err error
	if p.has(fAddress) {
		if b.Address, err = r.address(p, values, fAddress); err != nil {
			return err
		}
	}
	if b.Size, err = r.size(p, values, fSize); err != nil {
		return err
	}
	var known bool
	if b.State, known = r.words.stateOf(values[p.at[fState]]); !known {
		name, _ := r.decoder.Text(values[p.at[fState]])
		return fmt.Errorf("a block: state %.40q is not known", name)
	}
	if p.has(fFrames) {
		if b.Stack, err = r.stack(values[p.at[fFrames]]); err != nil {
			return err
		}
	}
	if b.State != fragcalc.BlockFree {
		return r.requested(p, values, b)
	}
	return nil
}

// requested fills what a live block was asked for; PyTorch 2.0 tells it, and
// the stack, in the newest entry of a history.
func (r *reader) requested(p *plan, values []pickle.Value, b *fragcalc.Block) (err error) {
	switch {
	case p.has(fRequested):
		b.Requested, err = r.size(p, values, fRequested)
	case p.has(fHistory):
		from, count, ok := r.decoder.Take(values[p.at[fHistory]], kindHistory)
		if !ok {
			return r.wrong(p, values, fHistory)
		}
		if count == 0 {
			b.Requested, r.unrequested = b.Size, true
			break
		}
		newest := r.histories[from]
		b.Requested, b.Stack = newest.requested, newest.stack
	default:
		b.Requested, r.unrequested = b.Size, true
	}
	if err == nil && b.Requested > b.Size {
		err = fmt.Errorf("a block of %d bytes for a request of %d", b.Size, b.Requested)
	}
	return err
}

// history is an allocation that was made of a block.
type history struct {
	requested int64
	stack     uint32
}

func (r *reader) history(p *plan, values []pickle.Value) (uint32, error) {
	var h history
	var err error
	if h.requested, err = r.size(p, values, fRealSize); err != nil {
		return 0, err
	}
	if p.has(fFrames) {
		if h.stack, err = r.stack(values[p.at[fFrames]]); err != nil {
			return 0, err
		}
	}
	if len(r.histories) == mostBlocks {
		return 0, fmt.Errorf("more than %d histories of blocks", mostBlocks)
	}
	r.histories = append(r.histories, h)
	return uint32(len(r.histories) - 1), nil
}
