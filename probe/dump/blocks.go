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
	chunkBits = 14
	chunkSize = 1 << chunkBits
)

func (s *blockStore) add(b fragcalc.Block) uint32 {
	if s.count&(chunkSize-1) == 0 {
		s.chunks = append(s.chunks, make([]fragcalc.Block, chunkSize))
	}
	s.chunks[s.count>>chunkBits][s.count&(chunkSize-1)] = b
	s.count++
	return s.count - 1
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

func (r *reader) block(p *plan, pairs []pickle.Value) (uint32, error) {
	b := fragcalc.Block{Address: addressless}
	var err error
	if p.at[fAddress] != 0 {
		if b.Address, err = r.address(p, pairs, fAddress); err != nil {
			return 0, err
		}
	}
	if b.Size, err = r.size(p, pairs, fSize); err != nil {
		return 0, err
	}
	state, known := r.words.stateOf(r.decoder, pairs[p.at[fState]])
	if !known {
		name, _ := r.decoder.Text(pairs[p.at[fState]])
		return 0, fmt.Errorf("a block: state %.40q is not known", name)
	}
	b.State = state
	if p.at[fFrames] != 0 {
		if b.Stack, err = r.stack(pairs[p.at[fFrames]]); err != nil {
			return 0, err
		}
	}
	// What was asked for is stale in a free block.
	if state != fragcalc.BlockFree {
		if err := r.requested(p, pairs, &b); err != nil {
			return 0, err
		}
	}
	return r.blocks.add(b), nil
}

// requested fills what a live block was asked for; PyTorch 2.0 tells it, and
// the stack, in the newest entry of a history.
func (r *reader) requested(p *plan, pairs []pickle.Value, b *fragcalc.Block) (err error) {
	switch {
	case p.at[fRequested] != 0:
		b.Requested, err = r.size(p, pairs, fRequested)
	case p.at[fHistory] != 0:
		from, count, ok := r.decoder.Take(pairs[p.at[fHistory]], kindHistory)
		if !ok {
			return r.wrong(p, pairs, fHistory)
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

func (r *reader) history(p *plan, pairs []pickle.Value) (uint32, error) {
	var h history
	var err error
	if h.requested, err = r.size(p, pairs, fRealSize); err != nil {
		return 0, err
	}
	if p.at[fFrames] != 0 {
		if h.stack, err = r.stack(pairs[p.at[fFrames]]); err != nil {
			return 0, err
		}
	}
	r.histories = append(r.histories, h)
	return uint32(len(r.histories) - 1), nil
}

// stateWord is a state's name in a file.
type stateWord struct {
	name  pickle.Value
	state fragcalc.BlockState
}

// stateOf is a block's state. The docstring of PyTorch and its code disagree
// on the name of pending blocks.
func (w *words) stateOf(d *pickle.Decoder, v pickle.Value) (fragcalc.BlockState, bool) {
	if w.states == nil {
		w.states = []stateWord{
			{d.Key("active_allocated"), fragcalc.BlockUsed},
			{d.Key("inactive"), fragcalc.BlockFree},
			{d.Key("active_pending_free"), fragcalc.BlockPending},
			{d.Key("active_awaiting_free"), fragcalc.BlockPending},
		}
	}
	for i := range w.states {
		if w.states[i].name == v {
			return w.states[i].state, true
		}
	}
	return 0, false
}
