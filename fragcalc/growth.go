package fragcalc

// addressSpace stands for the address space behind an expandable range: its
// reservation is larger than the device.
const addressSpace = 1 << 60

// growth finds the largest request that an expandable segment can serve by
// mapping pages beside free blocks. It is told, in address order, what a
// reservation holds: free blocks, unmapped stretches and barriers (blocks that
// are not free). As PyTorch does (find_expandable_block), a request takes the
// lowest run of free and unmapped stretches that has address space enough for
// it, whether or not the driver has memory for its pages.
type growth struct {
	page   int64 // unit of mapping
	driver int64 // bytes that can be mapped
	limit  int64 // largest request that the process's cap allows

	best  int64 // the largest request found
	below int64 // requests up to this size take a run that lies lower

	// The run being told.
	grows  bool  // it has an unmapped stretch
	space  int64 // address space
	backed int64 // of it what free blocks and mapped pages make one block
	mapped int64 // driver bytes spent
	full   bool  // the driver has no more: backed grows no further
}

// free tells of a free block.
func (g *growth) free(size int64) {
	g.space += size
	if !g.full {
		g.backed += size
	}
}

// unmapped tells of address space without memory.
func (g *growth) unmapped(size int64) {
	if size <= 0 {
		return
	}
	g.grows = true
	g.space += size
	if g.full {
		return
	}
	pages := min(size, roundDown(g.driver-g.mapped, g.page))
	g.backed += pages
	g.mapped += pages
	g.full = pages < size
}

// barrier ends the run.
func (g *growth) barrier() {
	if g.grows {
		if request := min(g.backed, g.limit); request > g.below {
			g.best = max(g.best, request)
		}
		g.below = max(g.below, g.space)
	}
	g.grows, g.full = false, false
	g.space, g.backed, g.mapped = 0, 0, 0
}
