package fragcalc

// growth tells how expandable segments of a pool can grow by mapping pages. It
// is told, in address order, of free blocks, of address space without memory
// and of barriers: blocks that are not free, and the ends of reservations. As in
// PyTorch (find_expandable_block, try_allocate_expandable_block) a block grows
// over a whole run of free and unmapped stretches, and a request goes to the
// lowest run that has address space enough, whether or not the driver has
// memory for its pages.
type growth struct {
	page   int64 // unit of mapping
	driver int64 // bytes that can be mapped
	asked  int64 // size of the request that run.need is for
	done   func(run)

	run
	mapped   int64 // driver bytes spent on reach
	stuck    bool  // reach has found its end
	unbacked bool  // the run has unmapped space
}

// run is a stretch of free and unmapped address space.
type run struct {
	address uint64 // of the free block that it begins with
	lead    int64  // size of that block; 0 = it begins with unmapped space
	space   int64  // all of it
	reach   int64  // how large a block can become with the driver's memory
	need    int64  // what the driver must have for a block of the asked size
}

// free tells of a free block.
func (g *growth) free(address uint64, size int64) {
	if g.space == 0 {
		g.address, g.lead = address, size
	}
	g.space += size
	if !g.stuck {
		g.reach += size
	}
}

// unmapped tells of address space without memory.
func (g *growth) unmapped(size int64) {
	if size <= 0 {
		return
	}
	g.unbacked = true
	if g.space < g.asked {
		g.need += min(size, roundUp(g.asked-g.space, g.page))
	}
	g.space += size
	if g.stuck {
		return
	}
	pages := min(size, roundDown(g.driver-g.mapped, g.page))
	g.reach += pages
	g.mapped += pages
	g.stuck = pages < size
}

// barrier ends the run. Runs without unmapped space cannot grow.
func (g *growth) barrier() {
	if g.unbacked {
		g.done(g.run)
	}
	g.run, g.mapped, g.stuck, g.unbacked = run{}, 0, false, false
}
