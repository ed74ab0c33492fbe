package whatif

import "github.com/gpufragtop/gpufragtop/fragcalc"

// player asks an allocator what a program asked its own. When a pending block
// becomes free is the program's to say, unless the allocator synchronises.
type player struct {
	a       *Allocator
	blocks  []*block // by slot; nil = not live, not pending
	waiting []int32  // slots of pending blocks, oldest first
}

func newPlayer(a *Allocator, slots int) *player {
	p := &player{a: a, blocks: make([]*block, slots)}
	a.held = p
	return p
}

// malloc allocates for a slot, from a private pool unless its id is 0,0.
func (p *player) malloc(slot int32, size int64, stream uint64, pool [2]uint64) error {
	p.a.route = p.a.route[:0]
	if pool != [2]uint64{} {
		p.hold(pool)
		p.a.route = append(p.a.route, pool)
	}
	b, err := p.a.malloc(size, stream)
	p.a.route = p.a.route[:0]
	if err == nil {
		p.blocks[slot] = b
	}
	return err
}

// hold makes a private pool exist and held.
func (p *player) hold(pool [2]uint64) {
	known := p.a.private[pool]
	if known == nil {
		known = &privatePool{}
		p.a.private[pool] = known
	}
	known.holders = 1
}

func (p *player) free(slot int32) {
	if b := p.blocks[slot]; b != nil {
		p.blocks[slot] = nil
		p.a.giveBack(b)
		p.a.finishFree(b)
	}
}

func (p *player) giveBack(slot int32) {
	if b := p.blocks[slot]; b != nil && b.state == fragcalc.BlockUsed {
		p.a.giveBack(b)
		b.state = fragcalc.BlockPending
		p.waiting = append(p.waiting, slot)
	}
}

// complete ends the wait of a pending block; one that is free already stays so.
func (p *player) complete(slot int32) {
	b := p.blocks[slot]
	if b == nil {
		return
	}
	if b.state == fragcalc.BlockUsed { // its end is all that was recorded
		p.free(slot)
		return
	}
	for i, waiting := range p.waiting {
		if waiting == slot {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			break
		}
	}
	p.blocks[slot] = nil
	p.a.finishFree(b)
}

// completeAll implements holder.
func (p *player) completeAll() {
	for _, slot := range p.waiting {
		p.a.finishFree(p.blocks[slot])
		p.blocks[slot] = nil
	}
	p.waiting = p.waiting[:0]
}

func (p *player) dropPool(pool [2]uint64) {
	if known := p.a.private[pool]; known != nil {
		known.holders = 0
	}
}
