package fragcalc

import "math"

// growth finds the largest block that newly mapped pages and the free blocks
// beside them make in an expandable segment. It is told, in address order, of
// free blocks, of address space without memory and of barriers: blocks that are
// not free. As in PyTorch (find_expandable_block) a block grows over a whole run
// of free and unmapped stretches.
//
// PyTorch takes the lowest run that has address space enough, whether or not
// the driver has memory for its pages. That needs no care here: only a release
// leaves runs below the last one, and what it unmaps the driver can map again.
type growth struct {
	page   int64 // unit of mapping
	driver int64 // bytes that can be mapped
	best   int64 // the largest block found

	size   int64 // of the run being told
	mapped int64 // driver bytes spent on it
}

// free tells of a free block.
func (g *growth) free(size int64) { g.size += size }

// unmapped tells of address space without memory.
func (g *growth) unmapped(size int64) {
	pages := min(size, roundDown(g.driver-g.mapped, g.page))
	g.size += pages
	g.mapped += pages
}

// barrier ends the run.
func (g *growth) barrier() {
	g.best = max(g.best, g.size)
	g.size, g.mapped = 0, 0
}

// end ends the last run, behind which lies more address space than the device
// has memory.
func (g *growth) end() {
	g.unmapped(math.MaxInt64)
	g.barrier()
}
